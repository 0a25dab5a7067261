import type { Facet } from './profile.ts';

/**
 * What facets are called. An open one is named after the claims of its events; a closed one after that key and the
 * number of closings before its own: `key~0`, then `key~1`. Keys are base64url and never contain the mark.
 */
const MARK = '~';

type Named = Pick<Facet, 'id' | 'epoch'>;

/** The id that an open facet keeps once it is closed. */
export function closedFacetId({ id, epoch }: Named): string {
  return `${id}${MARK}${epoch}`;
}

export function isClosedFacet(id: string): boolean {
  return id.includes(MARK);
}

/** The key of a facet, open or closed: its values were sealed under it, whatever became of the facet since. */
export function facetKeyOf(id: string): string {
  const mark = id.indexOf(MARK);
  return mark < 0 ? id : id.slice(0, mark);
}

/** The epoch that an id alone tells: an open facet that nobody holds has never been closed. */
export function epochOfFacetId(id: string): number {
  const mark = id.indexOf(MARK);
  return mark < 0 ? 0 : Number(id.slice(mark + 1));
}

/**
 * What history calls a facet: its key in the first epoch and `key~epoch` in later ones, open or closed alike. So rows
 * that were written before a closing go on naming the part that was closed.
 */
export function historyFacetId({ id, epoch }: Named): string {
  const key = facetKeyOf(id);
  return epoch === 0 ? key : `${key}${MARK}${epoch}`;
}
