import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import { type Choice, chooseItem, describe } from './catalog.ts';
import { JUNK_USERS } from './identifier-values.ts';
import { channelOf, join, joinsNow, signIn, signOut } from './membership.ts';
import { buy, chooseMore } from './purchase.ts';
import { rates } from './rates.ts';
import {
  type Claimed,
  claimDevice,
  claimPhone,
  NOTHING,
  own,
  pause,
  type Scene,
  together,
  typeEmail,
  typePhone,
} from './scene.ts';
import type { Device, Person } from './world.ts';

/** One visit of the web shop or the app. */
interface Session {
  readonly person: Person;
  readonly device: Device;
  readonly channel: string;
  at: EpochMs;
  /** The browser takes no cookie. */
  readonly nameless: boolean;
  /** What the tracker writes as the user while nobody is signed in. */
  readonly junkUser: string | undefined;
}

export function visitOnline(scene: Scene, person: Person, visit: { at: EpochMs; by: 'web' | 'app' }): void {
  const device = chooseDevice(scene, person, visit.by);
  if (device === undefined) return;
  const session = openSession(scene, person, { device, at: Math.max(visit.at, device.busyUntil + 60_000) });
  if (!session.nameless) arrive(scene, session);
  const choices = browse(scene, session);
  if (scene.random.chance(rates.addsToCart)) {
    const cartId = scene.serial('cart');
    addToCart(scene, session, { choices: choices.slice(-1), cartId });
    if (scene.random.chance(rates.paysCart)) checkOut(scene, session, { choices: choices.slice(-1), cartId });
  }
  leave(scene, session);
  device.busyUntil = session.at;
}

function chooseDevice(scene: Scene, person: Person, by: 'web' | 'app'): Device | undefined {
  const { random } = scene;
  const { household, app, browsers } = person;
  // Whoever has no account has no reason to prefer the device on which the others are signed in.
  if (household.device !== undefined && person.member && random.chance(rates.visitOnFamilyDevice))
    return household.device;
  return by === 'app' ? app : browsers[random.below(browsers.length)];
}

function openSession(scene: Scene, person: Person, start: { device: Device; at: EpochMs }): Session {
  const { random } = scene;
  const { device, at } = start;
  const browser = device.form === 'browser';
  if (browser && random.chance(rates.freshCookie)) {
    device.generation++;
    device.signedIn = undefined;
  }
  return {
    person,
    device,
    at,
    channel: channelOf(device),
    nameless: browser && device.place === 'own' && random.chance(rates.refusesCookies),
    junkUser: browser && random.chance(rates.junkUser) ? random.pick(JUNK_USERS) : undefined,
  };
}

/** Who is signed in once the visit begins. */
function arrive(scene: Scene, session: Session): void {
  const { random } = scene;
  const { person, device } = session;
  const { signedIn } = device;
  if (signedIn === person) return;
  if (signedIn !== undefined) {
    if (random.chance(rates.goesOnAsOther)) return;
    signOut(scene, session);
    session.at = pause(scene, session.at);
    signIn(scene, session);
    session.at = pause(scene, session.at);
    return;
  }
  if (!person.member || !random.chance(signInRate(device))) return;
  // Some look around first.
  for (let looks = random.weighted([0.5, 0.3, 0.2]); looks > 0; looks--) view(scene, session);
  signIn(scene, session);
  session.at = pause(scene, session.at);
}

function signInRate({ place, form }: Device): number {
  if (place === 'family') return rates.signsInOnFamilyDevice;
  return form === 'app' ? rates.signsInOnApp : rates.signsInOnWeb;
}

/** What the tracker says about who this is. */
function claim(scene: Scene, { device, nameless, junkUser, person }: Session): Claimed {
  if (nameless) return { identifiers: { anonymous_id: 'unknown' }, linkable: false, hazard: 'junk' };
  const claimed = claimDevice(scene, device);
  const { signedIn } = device;
  if (signedIn === undefined)
    return junkUser === undefined
      ? claimed
      : { ...claimed, identifiers: { ...claimed.identifiers, user_id: junkUser } };
  const account: JsonObject = { user_id: scene.values.user(signedIn) };
  if (signedIn === person) return together(claimed, own(account));
  return {
    identifiers: { ...claimed.identifiers, ...account },
    linkable: false,
    hazard: 'borrowed_session',
  };
}

function report(scene: Scene, session: Session, what: { type: string; properties: JsonObject }): void {
  const { person, channel, at } = session;
  scene.outbox.put({ ...what, at, channel, ...claim(scene, session), person });
  session.at = pause(scene, at);
}

function view(scene: Scene, session: Session): Choice {
  const choice = chooseItem(scene.random, scene.catalog, session.person.shelves);
  const properties = { ...describe(choice), currency: 'CNY', seconds: scene.random.between(2, 90) };
  report(scene, session, { type: 'product_viewed', properties });
  return choice;
}

function browse(scene: Scene, session: Session): readonly Choice[] {
  const { random } = scene;
  if (random.chance(0.35)) {
    const type = session.channel === 'app' ? 'screen_viewed' : 'page_viewed';
    report(scene, session, { type, properties: { name: 'home' } });
  }
  if (random.chance(0.2)) {
    const properties = { query: random.pick(['dress', 'linen', 'coat', 'gift']), results: random.below(80) };
    report(scene, session, { type: 'products_searched', properties });
  }
  const choices: Choice[] = [];
  for (let views = 1 + random.weighted([0.3, 0.3, 0.25, 0.15]); views > 0; views--)
    choices.push(view(scene, session));
  return choices;
}

interface Cart {
  readonly choices: readonly Choice[];
  readonly cartId: string;
}

function addToCart(scene: Scene, session: Session, { choices, cartId }: Cart): void {
  for (const choice of choices) {
    const properties = { ...describe(choice), currency: 'CNY', quantity: 1, cart_id: cartId };
    report(scene, session, { type: 'product_added', properties });
  }
}

/** Members pay with their account; others join now, order as a guest, or give up. */
function checkOut(scene: Scene, session: Session, { choices, cartId }: Cart): void {
  const { random, values } = scene;
  const { person, device, channel } = session;
  report(scene, session, { type: 'checkout_started', properties: { cart_id: cartId } });
  if (device.signedIn === undefined && !session.nameless && person.member) {
    signIn(scene, session);
    session.at = pause(scene, session.at);
  } else if (joinsNow(scene, person)) {
    const device = session.nameless ? NOTHING : claimDevice(scene, session.device);
    join(scene, person, { at: session.at, channel, source: 'auth', device });
    if (!session.nameless) session.device.signedIn = person;
    session.at = pause(scene, session.at);
  }
  const bought = chooseMore(scene, person, choices);
  const { at } = session;
  if (device.signedIn !== undefined) {
    const buyer = device.signedIn;
    const phone = buyer === person && random.chance(0.5) ? claimPhone(scene, buyer) : NOTHING;
    const account = own({ user_id: values.user(buyer) });
    const claimed =
      buyer === person
        ? together(account, phone)
        : { ...account, linkable: false, hazard: 'borrowed_session' as const };
    buy(scene, { person, at, channel, source: 'shop', claimed, choices: bought, cartId });
  } else if (random.chance(rates.guestCheckout)) {
    const claimed = together(claim(scene, session), typePhone(scene, person), typeEmail(scene, person));
    buy(scene, { person, at, channel, claimed, choices: bought, cartId, traits: { name: person.name } });
  }
  session.at = pause(scene, session.at);
}

function leave(scene: Scene, session: Session): void {
  const { person, device } = session;
  if (device.signedIn !== person) return;
  const rate = device.place === 'family' ? rates.signsOutOnFamilyDevice : rates.signsOutOnOwnDevice;
  if (!scene.random.chance(rate)) return;
  signOut(scene, session);
  session.at = pause(scene, session.at);
}
