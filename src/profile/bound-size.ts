import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { StateView } from '../model/view.ts';
import { type FacetFeatures, foldOldest } from './fold-facets.ts';

/**
 * Bounds what all facets of a profile take together. Every state has a bound of its own, and so has the number of facets,
 * but the product of these is far more than anybody needs.
 *
 * A profile is measured at every 32nd event of a facet, at every 16th facet, and before an event with a long list, so that
 * it can exceed its bound by what comes between two measurements. Above the bound the oldest facets become one, which
 * gives up windows that have passed and what they hold in common. Where that is not enough the profile is full: its
 * events are quarantined, and once an hour it is measured anew. All of it depends on the state, the record and its time
 * alone, never on where batches end: so sizes are those of the encoded form, not those of the last commit.
 */
export type SizedFeatures = Pick<FacetFeatures, 'encode' | 'fold'>;

/** Whether the event has to wait for a measurement, for which all facets are needed. */
export function isSizeDue(
  header: Header | undefined,
  { facet, event }: { readonly facet: Facet | undefined; readonly event: Event },
): boolean {
  if (header === undefined || header.kind === 'pseudo') return false;
  if (header.fullAt !== undefined || hasLongList(event)) return true;
  return facet === undefined
    ? header.facets.length > 0 && header.facets.length % limits.sizedEveryFacets === 0
    : facet.events > 0 && facet.events % limits.sizedEveryEvents === 0;
}

function hasLongList({ properties }: Event): boolean {
  for (const name in properties) {
    const value = properties[name];
    if (Array.isArray(value) && value.length > limits.sizedListEntries) return true;
  }
  return false;
}

/** Whether the profile has room for an event, made by folding its oldest facets where there is none. */
export function makeRoom(header: Header, context: FoldContext, features: SizedFeatures): boolean {
  const { view, now } = context;
  const { fullAt } = header;
  if (fullAt !== undefined && now >= fullAt && now - fullAt < limits.profileFullMs) return false;
  const fits = (): boolean => bytesOf(header, view, features) <= limits.profileBytesMax;
  if (fits() || (foldOldest(header, context, features.fold) && fits())) {
    if (fullAt !== undefined) {
      delete header.fullAt;
      view.put(keys.header(header.id), header);
    }
    return true;
  }
  header.fullAt = now;
  view.put(keys.header(header.id), header);
  return false;
}

function bytesOf(header: Header, view: StateView, { encode }: SizedFeatures): number {
  let bytes = 0;
  for (const id of header.facets) {
    const facet = view.get<Facet>(keys.facet(header.id, id));
    if (facet !== undefined) bytes += sizeOf(encode(facet));
  }
  return bytes;
}

const LONG_BYTES = 9;

/** Bytes of plain lists, texts and numbers as they are stored, or a few more. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 31) return LONG_BYTES;
    const magnitude = Math.abs(value);
    return magnitude < 32 ? 1 : magnitude < 2 ** 7 ? 2 : magnitude < 2 ** 15 ? 3 : 5;
  }
  if (typeof value === 'string') return 3 + Buffer.byteLength(value);
  if (Array.isArray(value)) {
    let bytes = value.length < 16 ? 1 : 3;
    for (const item of value) bytes += sizeOf(item);
    return bytes;
  }
  if (typeof value !== 'object' || value === null) return 1;
  return Object.entries(value).reduce((sum, [name, item]) => sum + sizeOf(name) + sizeOf(item), 3);
}
