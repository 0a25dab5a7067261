import { methodOf, noticeOf, textVersionOf, wordsOfConsent } from './consent.ts';
import type { HistoryRow } from './effect.ts';
import type { Event } from './event.ts';
import { position, type RowCause } from './history-rows.ts';
import { textOf } from './product-lines.ts';
import type { Register } from './profile.ts';
import { sqlTime } from './sql-time.ts';
import type { EpochMs } from './time.ts';

/** Of what an event says of consents, what is new to the facet that it goes into. */
export interface NewConsents {
  readonly event: Event;
  readonly known: ReadonlyMap<string, Register>;
  readonly facetId: string;
  readonly profileId: string;
  readonly at: EpochMs;
  readonly cause: () => RowCause;
}

/** Rows of the history of consents: one for each word that differs from what the facet knew. */
export function consentRows({ event, known, facetId, profileId, at, cause }: NewConsents): HistoryRow[] {
  const { consent, properties } = event;
  if (consent === undefined) return [];
  const text = textVersionOf(event) ?? '';
  const stated = !event.claims.some(({ verified }) => verified);
  const rows: HistoryRow[] = [];
  for (const { name, value, rank } of wordsOfConsent(consent)) {
    const before = known.get(name);
    const same =
      before?.value === value && (before.text ?? '') === text && before.stated === (stated || undefined);
    if (same || (before !== undefined && before.rank > rank)) continue;
    const notice = noticeOf(name);
    rows.push({
      table: 'consents',
      values: [
        ...position(cause()),
        notice === undefined ? 'consent' : 'notice',
        profileId,
        facetId,
        notice ?? name,
        notice === undefined ? value : true,
        notice === undefined ? 0 : value,
        text,
        methodOf(event) ?? '',
        stated,
        textOf(properties.author),
        textOf(properties.reason),
        event.source,
        event.channel,
        event.id,
        sqlTime(event.time),
        sqlTime(at),
      ],
    });
  }
  return rows;
}
