import { tombstoneOf } from '../model/erasure.ts';
import type { ForgetRecord } from '../model/erasure-records.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { LedgerFact } from '../model/loyalty.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { StateView } from '../model/view.ts';
import type { DeadLetter, Delivery, Endpoint } from '../model/webhook.ts';
import type { WaitingFiring } from './waiting-firings.ts';

/** By what somebody who is erased can be found in a partition of people. */
export interface ErasedThere {
  readonly profiles: ReadonlySet<string>;
  /** Of their identifiers. */
  readonly tombstones: ReadonlySet<string>;
}

/**
 * What becomes of an entry of a partition of people, as it is decoded, so that it names none of them any more: null where it
 * goes. Undefined where it names none of them. The same answer serves those who look for such entries and the fold.
 */
export function forgetInPeople(key: string, entry: object, names: ErasedThere): object | null | undefined {
  // What lies under a key is of the kind that the key's beginning says.
  switch (key.slice(0, 2)) {
    case 'h/':
      return forgetInHeader(entry as Header, names);
    case 'f/':
      return forgetInFacet(entry as Facet, names);
    case 'q/':
    case 'u/':
    case 'z/':
      return names.profiles.has((entry as Delivery | DeadLetter | WaitingFiring).firing.profile_id)
        ? null
        : undefined;
    default:
      return undefined;
  }
}

/** Facets that went to them may have gone on to somebody else, or come back: only identity knows. */
function forgetInHeader(header: Header, { profiles }: ErasedThere): Header | undefined {
  const { tombstones, ...rest } = header;
  const gone = [...(tombstones ?? [])].filter(([, to]) => profiles.has(to)).map(([facet]) => facet);
  if (tombstones === undefined || gone.length === 0) return undefined;
  const kept = new Map(tombstones);
  for (const facet of gone) kept.delete(facet);
  const unknown = new Set([...(header.unknownFacets ?? []), ...gone.map(tombstoneOf)]);
  return { ...rest, ...(kept.size > 0 ? { tombstones: kept } : {}), unknownFacets: [...unknown].sort() };
}

const INVITED = 'f\0';

/** Points for having invited somebody stay; whom goes. */
function forgetInFacet(facet: Facet, { tombstones }: ErasedThere): Facet | undefined {
  const facts = [...(facet.ledger?.facts.values() ?? [])];
  const isGone = ({ key }: LedgerFact): boolean =>
    key.startsWith(INVITED) && tombstones.has(tombstoneOf(key.slice(INVITED.length)));
  if (facet.ledger === undefined || !facts.some(isGone)) return undefined;
  const kept = facts.map((fact) => (isGone(fact) ? withoutInvitee(fact) : fact));
  return { ...facet, ledger: { ...facet.ledger, facts: new Map(kept.map((fact) => [fact.key, fact])) } };
}

function withoutInvitee(fact: LedgerFact): LedgerFact {
  const erased = tombstoneOf(fact.key.slice(INVITED.length));
  const [source = ''] = fact.tie.split('\0');
  return { ...fact, key: `${INVITED}erased ${erased}`, tie: `${source}\0credited-erased-${erased}` };
}

export function forgetNeeds({ keys: wanted }: ForgetRecord, view: StateView): string[] {
  const endpoints = wanted.filter((key) => isDelivery(key) || isLetter(key)).map(endpointOf);
  return [...new Set([...wanted, ...endpoints])].filter((key) => !view.has(key));
}

export function foldForget(record: ForgetRecord, { view }: FoldContext): void {
  const names = { profiles: new Set(record.profiles), tombstones: new Set(record.tombstones) };
  for (const key of new Set(record.keys)) {
    const entry = view.get(key);
    const kept = entry === undefined ? undefined : forgetInPeople(key, entry, names);
    if (kept === undefined) continue;
    if (kept !== null) view.put(key, kept);
    else {
      view.remove(key);
      countDown(key, view);
    }
  }
}

function isDelivery(key: string): boolean {
  return key.startsWith('q/');
}

function isLetter(key: string): boolean {
  return key.startsWith('z/');
}

function endpointOf(key: string): string {
  return keys.endpoint(key.split('/')[1] ?? '');
}

/** Endpoints know how much waits for them and how much was given up. */
function countDown(key: string, view: StateView): void {
  if (!isDelivery(key) && !isLetter(key)) return;
  const endpoint = view.get<Endpoint>(endpointOf(key));
  if (endpoint === undefined) return;
  const { waiting, dead } = endpoint;
  const counts = isDelivery(key) ? { waiting: Math.max(0, waiting - 1) } : { dead: Math.max(0, dead - 1) };
  view.put(endpointOf(key), { ...endpoint, ...counts } satisfies Endpoint);
}
