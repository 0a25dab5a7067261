import type { JsonObject } from '../model/json.ts';
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts';
import { chooseItem, describe } from './catalog.ts';
import { PLACEHOLDER_PHONE } from './identifier-values.ts';
import { join, joinsNow, openDuplicate, signIn, signOut } from './membership.ts';
import { buy, chooseMore } from './purchase.ts';
import { rates } from './rates.ts';
import {
  type Claimed,
  claimDevice,
  NOTHING,
  own,
  pause,
  phoneOf,
  type Scene,
  together,
  typePhone,
} from './scene.ts';
import type { Device, Person, Store } from './world.ts';

/** One visit of a store: the door, perhaps the tablet and the fitting room, mostly the till. */
export function visitStore(scene: Scene, person: Person, start: EpochMs): void {
  const { random, world } = scene;
  const elsewhere = world.stores[random.below(world.stores.length)] ?? person.homeStore;
  const store = random.chance(0.85) ? person.homeStore : elsewhere;
  let at = start;
  if (person.app !== undefined && random.chance(0.3)) enter(scene, person, { store, at });
  at += random.between(2, 15) * MINUTE_MS;
  const tablet = store.tablets[random.below(store.tablets.length)];
  if (tablet !== undefined && random.chance(rates.usesTablet))
    at = useTablet(scene, person, { tablet, at, store });
  if (random.chance(rates.buysInStore)) payAtTill(scene, person, { store, at: at + 5 * MINUTE_MS });
}

interface Place {
  readonly store: Store;
  readonly at: EpochMs;
}

/** The app on the own telephone notices the door. */
function enter(scene: Scene, person: Person, { store, at }: Place): void {
  if (person.app === undefined) return;
  scene.outbox.put({
    type: 'store_entered',
    at,
    channel: 'app',
    ...claimDevice(scene, person.app),
    person,
    properties: { store: store.code, method: 'beacon' },
    context: { store: store.code },
  });
}

/** Looking something up on the store's tablet, first as nobody, then perhaps signed in. Answers when it ends. */
export function useTablet(
  scene: Scene,
  person: Person,
  place: { readonly tablet: Device; readonly store: Store; readonly at: EpochMs },
): EpochMs {
  const { random, values } = scene;
  const { tablet, store } = place;
  let at = Math.max(place.at, tablet.busyUntil + 30 * SECOND_MS);
  const look = (): void => {
    const { signedIn } = tablet;
    const account = signedIn === undefined ? {} : { user_id: values.user(signedIn) };
    const device = claimDevice(scene, tablet);
    const claimed =
      signedIn === undefined || signedIn === person
        ? together(device, signedIn === undefined ? NOTHING : own(account))
        : {
            ...device,
            identifiers: { ...device.identifiers, ...account },
            hazard: 'borrowed_session' as const,
          };
    const choice = chooseItem(random, scene.catalog, person.shelves);
    scene.outbox.put({
      type: 'product_viewed',
      at,
      channel: 'store_device',
      ...claimed,
      person,
      properties: { ...describe(choice), currency: 'CNY' },
      context: { store: store.code },
    });
    at = pause(scene, at);
  };
  for (let looks = random.between(1, 3); looks > 0; looks--) look();
  if (person.member && tablet.signedIn !== person && random.chance(rates.signsInOnTablet)) {
    signOut(scene, { person, device: tablet, at });
    signIn(scene, { person, device: tablet, at: at + 5 * SECOND_MS });
    at = pause(scene, at + 5 * SECOND_MS);
    for (let looks = random.between(1, 3); looks > 0; looks--) look();
  }
  if (tablet.signedIn !== undefined && random.chance(rates.tabletSignsOut)) {
    signOut(scene, { person, device: tablet, at: at + 20 * SECOND_MS });
    at += 20 * SECOND_MS;
  }
  tablet.busyUntil = at;
  return at;
}

function payAtTill(scene: Scene, person: Person, { store, at }: Place): void {
  const { random } = scene;
  const associate = store.associates[random.below(store.associates.length)];
  openDuplicate(scene, person, at - MINUTE_MS);
  if (joinsNow(scene, person)) join(scene, person, { at, channel: 'pos', source: 'pos', device: NOTHING });
  const named = person.member ? nameMember(scene, person) : nameGuest(scene, person, associate);
  const context: JsonObject = {
    store: store.code,
    ...(associate === undefined ? {} : { associate_id: `A${associate.n}` }),
  };
  buy(scene, {
    person,
    at: at + 30 * SECOND_MS,
    channel: 'pos',
    source: 'pos',
    claimed: together(named, payment(scene, person)),
    choices: chooseMore(scene, person, [chooseItem(random, scene.catalog, person.shelves)]),
    context,
    delayMs: tillDelay(scene),
  });
}

function nameMember(scene: Scene, person: Person): Claimed {
  const { random, values } = scene;
  const { duplicate } = person;
  const how = random.share();
  if (how < rates.memberCodeScanned) {
    const second = duplicate?.opened === true && !duplicate.merged && random.chance(0.5);
    const claimed = own({ member_id: values.member(person, second ? 'second' : 'first') });
    return second ? { ...claimed, hazard: 'duplicate_member' } : claimed;
  }
  return how < rates.memberCodeScanned + rates.memberPhoneTyped ? typePhone(scene, person) : NOTHING;
}

function nameGuest(scene: Scene, person: Person, associate: Person | undefined): Claimed {
  const { random } = scene;
  if (random.chance(rates.guestPhoneTyped)) return typePhone(scene, person);
  if (associate?.collects === true && random.chance(rates.associateTypesOwnPhone)) {
    return {
      identifiers: { phone: phoneOf(scene, associate) },
      linkable: false,
      hazard: 'associate_phone',
    };
  }
  return random.chance(rates.placeholderPhone)
    ? { identifiers: { phone: PLACEHOLDER_PHONE }, linkable: false, hazard: 'junk' }
    : NOTHING;
}

function payment(scene: Scene, person: Person): Claimed {
  const { random, values } = scene;
  if (!random.chance(rates.paidByCard)) return NOTHING;
  const { card } = person.household;
  if (card !== undefined && random.chance(rates.usesFamilyCard)) {
    return { identifiers: { card_hash: values.card(card) }, linkable: false, hazard: 'family_card' };
  }
  if (person.cards === 0) return NOTHING;
  return own({ card_hash: values.card(person.n * 2 + random.below(person.cards)) });
}

function tillDelay({ random }: Scene): DurationMs {
  if (!random.chance(rates.offlineSale)) return random.between(500, 5_000);
  const hours = 1 + random.exponential(rates.offlineHoursMean);
  return Math.min(hours, rates.offlineHoursMax) * HOUR_MS;
}

/** Associates try a new tablet before customers may use it. */
export function setUpTablets(scene: Scene, store: Store): void {
  for (const tablet of store.tablets) {
    const associate = store.associates[scene.random.below(store.associates.length)];
    if (associate === undefined) continue;
    const at = scene.dayStart + 7 * HOUR_MS;
    signIn(scene, { person: associate, device: tablet, at });
    signOut(scene, { person: associate, device: tablet, at: at + 2 * MINUTE_MS });
    tablet.busyUntil = at + 3 * MINUTE_MS;
  }
}
