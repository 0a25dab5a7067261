import { consentRows } from '../model/consent-rows.ts';
import type { Event } from '../model/event.ts';
import { historyFacetId } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import type { Facet, Header, Register } from '../model/profile.ts';

/** What the facet knows of consents before an event is reduced; undefined where the event says nothing of any. */
export function consentsBefore(event: Event, { consents }: Facet): ReadonlyMap<string, Register> | undefined {
  return event.consent === undefined ? undefined : new Map(consents);
}

/** Keeps in history what an event said of consents, where it was new. */
export function tellConsents(
  said: {
    readonly header: Header;
    readonly facet: Facet;
    readonly event: Event;
    readonly known: ReadonlyMap<string, Register>;
  },
  context: FoldContext,
): void {
  const { header, facet, event, known } = said;
  const rows = consentRows({
    event,
    known,
    facetId: historyFacetId(facet),
    profileId: header.id,
    at: context.now,
    cause: () => context.cause(),
  });
  for (const row of rows) context.history(row);
}
