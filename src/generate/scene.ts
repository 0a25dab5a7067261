import type { JsonObject } from '../model/json.ts';
import { type EpochMs, SECOND_MS } from '../model/time.ts';
import type { Catalog } from './catalog.ts';
import { type IdentifierValues, INVENTED_EMAILS, PLACEHOLDER_PHONE, ZERO_UUID } from './identifier-values.ts';
import type { Hazard, Outbox } from './outbox.ts';
import { SECOND_PHONES } from './population.ts';
import type { Random } from './random.ts';
import { rates } from './rates.ts';
import type { Device, Person, World } from './world.ts';

/** One day of the world, and everything that its stories need. */
export interface Scene {
  readonly world: World;
  readonly random: Random;
  readonly values: IdentifierValues;
  readonly catalog: Catalog;
  readonly outbox: Outbox;
  readonly day: number;
  /** Midnight of the shops. */
  readonly dayStart: EpochMs;
  /** Has something happen on a later day, if the stream still runs then. */
  later(day: number, act: (scene: Scene) => void): void;
  /** The next number of its kind: orders, carts, tickets. */
  serial(kind: string): string;
}

/** What an event says about who it was, and what is true about that. */
export interface Claimed {
  readonly identifiers: JsonObject;
  /** At least one of the identifiers is this person's alone. */
  readonly linkable: boolean;
  readonly hazard: Hazard | undefined;
}

/** The number that a person has on this day. */
export function phoneOf(scene: Scene, person: Person): string {
  const { recycled } = person;
  if (person.kind === 'test') return PLACEHOLDER_PHONE;
  const old = recycled?.role === 'before' && scene.day <= recycled.untilDay;
  return scene.values.phone(old ? recycled.phone : person.phone);
}

/** Number of the second telephone, under which a second membership may run. */
export function secondPhoneOf(scene: Scene, person: Person): string {
  return scene.values.phone(SECOND_PHONES + person.n);
}

/** The own phone, as a system that checked it reports it. */
export function claimPhone(scene: Scene, person: Person): Claimed {
  const hazard = phoneHazard(person);
  const linkable = hazard !== 'family_phone' && hazard !== 'junk';
  return { identifiers: { phone: phoneOf(scene, person) }, linkable, hazard };
}

/** The own phone, as it comes out when somebody types it. */
export function typePhone(scene: Scene, person: Person): Claimed {
  const { random, world } = scene;
  if (!random.chance(rates.phoneTypedWrong)) return claimPhone(scene, person);
  if (random.chance(rates.wrongPhoneIsSomeones)) {
    const other = world.people[random.below(world.people.length)] ?? person;
    return { identifiers: { phone: phoneOf(scene, other) }, linkable: false, hazard: 'wrong_phone' };
  }
  const phone = mistype(phoneOf(scene, person), random);
  return { identifiers: { phone }, linkable: true, hazard: 'wrong_phone' };
}

export function typeEmail(scene: Scene, person: Person): Claimed {
  const { random, values } = scene;
  if (random.chance(rates.inventedEmail)) {
    return {
      identifiers: { email: random.pick(INVENTED_EMAILS) },
      linkable: false,
      hazard: 'invented_email',
    };
  }
  if (!person.hasEmail) return NOTHING;
  return person.relay
    ? { identifiers: { email: values.email(person) }, linkable: false, hazard: 'relay_email' }
    : { identifiers: { email: values.email(person) }, linkable: true, hazard: undefined };
}

export const NOTHING: Claimed = Object.freeze({ identifiers: {}, linkable: false, hazard: undefined });

/** Claims of one event together: linkable when one of them is; the first hazard is the one that counts. */
export function together(...claimed: readonly Claimed[]): Claimed {
  return {
    identifiers: Object.assign({}, ...claimed.map(({ identifiers }) => identifiers)),
    linkable: claimed.some(({ linkable }) => linkable),
    hazard: claimed.find(({ hazard }) => hazard !== undefined)?.hazard,
  };
}

/** Identifiers that are the person's own, whatever else is true. */
export function own(identifiers: JsonObject): Claimed {
  return { identifiers, linkable: true, hazard: undefined };
}

/** What a device says about itself. */
export function claimDevice(scene: Scene, device: Device): Claimed {
  const { values } = scene;
  const cookie = { anonymous_id: values.cookie(device, device.generation) };
  const linkable = device.place === 'own';
  const hazard = linkable ? undefined : device.place === 'store' ? 'store_tablet' : 'family_device';
  switch (device.form) {
    case 'browser':
      return { identifiers: cookie, linkable, hazard };
    case 'tablet':
      return { identifiers: { device_id: values.device(device) }, linkable, hazard };
    case 'app': {
      const id = device.zeroId ? ZERO_UUID : values.device(device);
      return { identifiers: { ...cookie, device_id: id }, linkable, hazard };
    }
  }
}

/** Waits like a person between two steps. */
export function pause(scene: Scene, at: EpochMs): EpochMs {
  return at + scene.random.between(8, 95) * SECOND_MS;
}

function phoneHazard(person: Person): Hazard | undefined {
  if (person.kind === 'test') return 'junk';
  if (person.household.phoneShared && person.household.people.indexOf(person) < 2) return 'family_phone';
  return person.recycled === undefined ? undefined : 'recycled_number';
}

/** One digit wrong, or two exchanged, behind the prefix: both still look like a mobile number. */
function mistype(phone: string, random: Random): string {
  const digits = [...phone];
  const at = random.between(4, phone.length - 2);
  const here = digits[at] ?? '0';
  const next = digits[at + 1] ?? '0';
  if (random.chance(0.5) && here !== next) [digits[at], digits[at + 1]] = [next, here];
  else digits[at] = String((Number(here) + random.between(1, 9)) % 10);
  return digits.join('');
}
