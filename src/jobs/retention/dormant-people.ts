import type { Pace } from '../../background/pace.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { type CustomerAtHand, customerAtHand } from '../../desks/recommend/customer-at-hand.ts';
import { FeatureReader } from '../../features/read.ts';
import { limits } from '../../limits.ts';
import { readLedger } from '../../loyalty/standing.ts';
import type { JsonValue } from '../../model/json.ts';
import type { RetentionDefinition } from '../../model/retention.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import { membershipsOf } from '../../pipeline/profile-memberships.ts';
import type { History } from '../../ports/history.ts';
import type { StateReader } from '../../ports/state.ts';
import { readCoupons } from '../../profile/coupons.ts';
import { comparableRegister, readRegister } from '../../profile/registers.ts';
import { isRestricted } from '../../profile/restriction.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';
import { peopleAfter } from '../parity/pick-profiles.ts';
import { type OpenBusiness, openBusinessOf } from './open-business.ts';

export interface DormantOptions {
  readonly state: Pick<StateReader, 'read' | 'scan'>;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly history: Pick<History, 'query'>;
  readonly now: EpochMs;
}

/** Why somebody who is dormant stays. */
export type StaysFor = 'points' | 'coupons' | 'restricted' | 'segment' | 'feature' | OpenBusiness;

export interface DormantPeople {
  readonly profiles: readonly string[];
  /** How many stay, by why. */
  readonly staying: Readonly<Partial<Record<StaysFor, number>>>;
  /** There are more than one run takes: the next one goes on. */
  readonly more: boolean;
}

/** Everybody whom the rule lets go, in the order of their ids, at most `limits.dormantPerRun`. */
export async function dormantPeople(
  rule: RetentionDefinition,
  options: DormantOptions,
  pace: Pace,
): Promise<DormantPeople> {
  const before = options.now - rule.days * DAY_MS;
  const staying: Partial<Record<StaysFor, number>> = {};
  const profiles: string[] = [];
  let page: string[] = [];
  const settle = async (): Promise<void> => {
    const open = await openBusinessOf(page, options.history);
    for (const id of page) {
      const why = open.get(id);
      if (why === undefined) profiles.push(id);
      else staying[why] = (staying[why] ?? 0) + 1;
    }
    page = [];
  };
  for await (const id of peopleAfter('', options, pace)) {
    const customer = await customerAtHand(id, options);
    if (customer === undefined || lastSignOf(customer) >= before) continue;
    const why = staysFor(customer, rule, options);
    if (why !== undefined) staying[why] = (staying[why] ?? 0) + 1;
    else page.push(id);
    if (page.length === limits.dormantPageProfiles) await settle();
    if (profiles.length >= limits.dormantPerRun) break;
  }
  await settle();
  const more = profiles.length > limits.dormantPerRun;
  return { profiles: profiles.slice(0, limits.dormantPerRun), staying, more };
}

/** The time of the newest event, whoever reported it; of somebody without any, when they became known. */
function lastSignOf({ header, facets }: CustomerAtHand): EpochMs {
  const seen = facets.filter(({ events }) => events > 0);
  return seen.length === 0 ? header.createdAt : Math.max(...seen.map(({ last }) => last));
}

function staysFor(
  { header, facets }: CustomerAtHand,
  { dormant }: RetentionDefinition,
  { definitions, now }: DormantOptions,
): StaysFor | undefined {
  if (isRestricted(facets)) return 'restricted';
  const { loyalty: program } = definitions;
  if (program !== undefined) {
    const ledgers = facets.map(({ ledger }) => ledger);
    const { available, pending } = readLedger(ledgers, program, now);
    if (available + pending > 0) return 'points';
  }
  const onRefund = (pool: string) => definitions.outgoing.pools.get(pool)?.definition.on_refund ?? 'return';
  if (readCoupons(facets, { now, onRefund }).some(({ status }) => status === 'held')) return 'coupons';
  const { segments = [], features = [] } = dormant?.unless ?? {};
  const members = header.segments?.keys() ?? [];
  const { segments: inside, tags } = membershipsOf({ facets, members }, definitions.segments, now);
  if (segments.some((name) => inside.includes(name) || tags.includes(name))) return 'segment';
  const reader = new FeatureReader(definitions.features, {
    facets,
    now,
    trait: (name) => comparableRegister(readRegister(facets, 'traits', name)),
  });
  const read = Object.values(reader.some(new Set(features)));
  return read.some(({ value }) => isSomething(value)) ? 'feature' : undefined;
}

/** Amounts are decimal texts. */
function isSomething(value: JsonValue): boolean {
  if (typeof value === 'string') return value !== '' && Number(value) !== 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== null && value !== false && value !== 0;
}
