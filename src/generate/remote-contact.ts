import type { JsonObject } from '../model/json.ts';
import { type EpochMs, HOUR_MS, MINUTE_MS } from '../model/time.ts';
import { type Choice, chooseItem, describe } from './catalog.ts';
import { join, joinsNow } from './membership.ts';
import { buy, chooseMore } from './purchase.ts';
import { rates } from './rates.ts';
import { type Claimed, claimDevice, claimPhone, NOTHING, own, pause, type Scene, together } from './scene.ts';
import type { Person } from './world.ts';

/** Channels without a device of their own: mini-program, marketplace, calls and messages. */
const MARKETPLACE = 'marketplace.taobao';
const MINI_PROGRAM = 'wechat_openid@wx3fa1c8';

/** WeChat tells who it is; the program knows the account only after the customer allowed it. */
export function visitMiniProgram(scene: Scene, person: Person, start: EpochMs): void {
  const { random, values, catalog } = scene;
  const open: JsonObject = { [MINI_PROGRAM]: values.openId(person) };
  let at = start;
  if (bindMiniProgram(scene, person, at)) at = pause(scene, at);
  const choices: Choice[] = [];
  for (let views = random.between(1, 4); views > 0; views--) {
    const choice = chooseItem(random, catalog, person.shelves);
    choices.push(choice);
    const properties = { ...describe(choice), currency: 'CNY' };
    scene.outbox.put({
      type: 'product_viewed',
      at,
      channel: 'mini_program',
      ...own(open),
      person,
      properties,
    });
    at = pause(scene, at);
  }
  if (!random.chance(rates.addsToCart)) return;
  const cartId = scene.serial('cart');
  const last = choices.slice(-1);
  for (const choice of last) {
    const properties = { ...describe(choice), currency: 'CNY', quantity: 1, cart_id: cartId };
    scene.outbox.put({
      type: 'product_added',
      at,
      channel: 'mini_program',
      ...own(open),
      person,
      properties,
    });
    at = pause(scene, at);
  }
  if (!random.chance(rates.paysCart)) return;
  if (joinsNow(scene, person)) {
    const device = own({ ...open, wechat_unionid: values.unionId(person) });
    join(scene, person, { at, channel: 'mini_program', source: 'auth', device });
    person.bound.miniProgram = 'member';
    at = pause(scene, at);
  }
  const account = person.member ? { user_id: values.user(person) } : {};
  buy(scene, {
    person,
    at,
    channel: 'mini_program',
    source: 'shop',
    claimed: together(own({ ...open, ...account }), claimWeChatPhone(scene, person)),
    choices: chooseMore(scene, person, last),
    cartId,
  });
}

/** The first visit, and the first as a member, tell the server more than the ones that follow. */
function bindMiniProgram(scene: Scene, person: Person, at: EpochMs): boolean {
  const { values, random } = scene;
  const wanted = person.member ? 'member' : 'guest';
  if (person.bound.miniProgram === wanted || person.bound.miniProgram === 'member') return false;
  person.bound.miniProgram = wanted;
  const wechat = own({ [MINI_PROGRAM]: values.openId(person), wechat_unionid: values.unionId(person) });
  const account = person.member ? own({ user_id: values.user(person) }) : NOTHING;
  const phone = person.member || random.chance(0.3) ? claimWeChatPhone(scene, person) : NOTHING;
  scene.outbox.put({
    type: 'signed_in',
    at,
    channel: 'mini_program',
    source: 'auth',
    ...together(wechat, account, phone),
    person,
    properties: { method: 'wechat' },
  });
  return true;
}

/** WeChat hands over the number that an account is bound to: of two people with one number only the first has it. */
function claimWeChatPhone(scene: Scene, person: Person): Claimed {
  const { household } = person;
  return household.phoneShared && household.people[1] === person ? NOTHING : claimPhone(scene, person);
}

/** The marketplace reports its orders under its own id and a number that hides the phone. */
export function visitMarketplace(scene: Scene, person: Person, at: EpochMs): void {
  const { random, values, catalog, world } = scene;
  const account = own({ taobao_openid: values.marketplaceId(person) });
  if (person.member && !person.bound.marketplace && random.chance(rates.bindsMarketplace)) {
    person.bound.marketplace = true;
    scene.outbox.put({
      type: 'profile_identified',
      at,
      channel: 'marketplace',
      source: MARKETPLACE,
      ...together(account, own({ member_id: values.member(person) })),
      person,
      properties: { method: 'binding' },
    });
  }
  const numbers = Math.ceil(world.people.length * rates.privacyNumbersPerShopper);
  const number = values.privacyNumber(random.below(numbers));
  const plain = random.chance(rates.privacyNumberPlain);
  const phone: Claimed = {
    identifiers: { phone: plain ? number : `${number}-${random.between(1_000, 9_999)}` },
    linkable: false,
    hazard: 'privacy_number',
  };
  buy(scene, {
    person,
    at: at + 5 * MINUTE_MS,
    channel: 'marketplace',
    source: MARKETPLACE,
    claimed: together(account, phone),
    choices: chooseMore(scene, person, [chooseItem(random, catalog, person.shelves)]),
  });
}

/** The call center sees the number of the caller; some callers also give their membership. */
export function callService(scene: Scene, person: Person, at: EpochMs): void {
  const { random, values } = scene;
  const member = person.member && random.chance(rates.callerGivesMember);
  const claimed = together(
    claimPhone(scene, person),
    member ? own({ member_id: values.member(person) }) : NOTHING,
  );
  const ticket = { ticket_id: scene.serial('ticket') };
  const common = { channel: 'call_center', source: 'callcenter', ...claimed, person, properties: ticket };
  scene.outbox.put({ type: 'ticket_opened', at, ...common });
  scene.outbox.put({ type: 'ticket_closed', at: at + random.between(1, 6) * HOUR_MS, ...common });
}

/** A message to a member; a click opens the own browser, whose cookie the link reports. */
export function sendMessage(scene: Scene, person: Person, at: EpochMs): void {
  const { random, values } = scene;
  if (!person.member || person.kind === 'test') return;
  const byEmail = person.hasEmail && !person.relay;
  const address = byEmail ? own({ email: values.email(person) }) : NOTHING;
  const claimed = together(own({ user_id: values.user(person) }), address);
  const message = scene.serial('message');
  const properties = { message_id: message, channel: byEmail ? 'email' : 'sms', purpose: 'marketing' };
  const put = (type: string, time: EpochMs, who: Claimed): void =>
    scene.outbox.put({ type, at: time, channel: 'message', source: 'edm', ...who, person, properties });
  put('message_sent', at, claimed);
  put('message_delivered', at + 20_000, claimed);
  if (!random.chance(rates.opensMessage)) return;
  put('message_opened', at + 10 * MINUTE_MS, claimed);
  const [browser] = person.browsers;
  if (browser === undefined || !random.chance(rates.clicksMessage / rates.opensMessage)) return;
  put('message_clicked', at + 11 * MINUTE_MS, together(claimed, claimDevice(scene, browser)));
}
