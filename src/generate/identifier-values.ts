import { scattered } from './random.ts';
import type { Device, Person } from './world.ts';

/** Plain mobile prefixes of the three operators; none of them is used for privacy or virtual numbers. */
const MOBILE = ['134', '135', '136', '137', '138', '139', '150', '151', '152', '157', '158', '159'];
const MOBILE_MORE = ['182', '183', '187', '188', '130', '131', '132', '155', '156', '185', '186', '133'];
const PREFIXES: readonly string[] = [...MOBILE, ...MOBILE_MORE];
/** Ranges of virtual operators, from which marketplaces take the numbers that stand for a buyer. */
const PRIVACY_PREFIXES: readonly string[] = ['1700', '1703', '1705', '1708', '1711', '1718'];
const MAIL_DOMAINS = ['qq.com', '163.com', '126.com', 'outlook.com', 'gmail.com'];

const SUBSCRIBERS = 100_000_000;
/** Coprime with the number of subscribers: each index gets a number of its own. */
const STRIDE = 48_271_931;

export const INVENTED_EMAILS: readonly [string, ...string[]] = [
  'a@a.com',
  'aa@aa.com',
  'abc@abc.com',
  'no@no.com',
  'none@none.com',
  '123@qq.com',
  '123456@qq.com',
  'test@test.com',
  'xxx@163.com',
  'noemail@qq.com',
  '111@163.com',
  'mail@mail.com',
];
export const ZERO_UUID = '00000000-0000-0000-0000-000000000000';
export const PLACEHOLDER_PHONE = '13800138000';
export const JUNK_USERS: readonly [string, ...string[]] = ['null', 'undefined', 'anonymous', 'unknown', '0'];

/** Identifiers of a world: computed from numbers when they are needed, so that people stay small in memory. */
export class IdentifierValues {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  phone(n: number): string {
    const offset = (this.#seed % 9_973) * 9_973;
    const subscriber = String(((n % SUBSCRIBERS) * STRIDE + offset) % SUBSCRIBERS).padStart(8, '0');
    const prefix = PREFIXES[(n + Math.floor(n / PREFIXES.length)) % PREFIXES.length] ?? '139';
    const value = `${prefix}${subscriber}`;
    // The number that forms use as an example belongs to nobody.
    return value === PLACEHOLDER_PHONE ? '13900138001' : value;
  }

  /** What a marketplace shows instead of the phone. */
  privacyNumber(n: number): string {
    const prefix = PRIVACY_PREFIXES[n % PRIVACY_PREFIXES.length] ?? '1700';
    return `${prefix}${String((n * 7_919 + 1_234_567) % 10_000_000).padStart(7, '0')}`;
  }

  email({ n, name, relay }: Person): string {
    if (relay) return `${scattered(this.#seed, 'relay', n).slice(0, 10)}@privaterelay.appleid.com`;
    return `${name.toLowerCase().replace(/[^a-z]+/g, '.')}${n}@${MAIL_DOMAINS[n % MAIL_DOMAINS.length] ?? 'qq.com'}`;
  }

  user({ n, kind }: Person): string {
    return kind === 'test' ? `qa-${n}` : `u-${scattered(this.#seed, 'user', n).slice(0, 12)}`;
  }

  /** Numbers of members have leading zeros, as the old cards had. */
  member({ n }: Person, card: 'first' | 'second' = 'first'): string {
    return String(card === 'first' ? 120_000 + n : 70_000_000 + n).padStart(8, '0');
  }

  unionId({ n }: Person): string {
    return `oU${scattered(this.#seed, 'union', n)}`;
  }

  openId({ n }: Person): string {
    return `oM${scattered(this.#seed, 'open', n)}`;
  }

  marketplaceId({ n }: Person): string {
    return `AAH${scattered(this.#seed, 'market', n)}`;
  }

  card(n: number): string {
    return scattered(this.#seed, 'card', n) + scattered(this.#seed, 'card-rest', n);
  }

  device({ n, place }: Device): string {
    return place === 'store' ? `tablet-${n}` : `d-${scattered(this.#seed, 'device', n)}`;
  }

  /** Cookie of a browser, or installation of an app. */
  cookie({ n }: Device, generation: number): string {
    return `a-${scattered(this.#seed, `cookie ${generation}`, n)}`;
  }
}
