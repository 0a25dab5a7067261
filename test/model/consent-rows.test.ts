import { describe, expect, it } from 'vitest';
import { consentRows } from '../../src/model/consent-rows.ts';
import type { Event } from '../../src/model/event.ts';
import { historyColumns } from '../../src/model/history-rows.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { applyRegisters } from '../../src/profile/registers.ts';
import { eventOf } from '../support/fold-world.ts';

const cause = () => ({ partition: 0, seq: 1, index: 0, ordinal: 0 });

/** Rows of what each event says, one after the other into the same facet, by the names of their columns. */
function told(events: readonly Event[]): readonly (readonly Readonly<Record<string, unknown>>[])[] {
  const facet: Facet = emptyFacet('f');
  return events.map((event) => {
    const known = new Map(facet.consents);
    applyRegisters(facet, event, () => 0);
    const rows = consentRows({ event, known, facetId: 'f', profileId: 'p', at: 9, cause });
    return rows.map(({ values }) =>
      Object.fromEntries(historyColumns.consents.map((name, i) => [name, values[i]])),
    );
  });
}

function said(id: string, consent: NonNullable<Event['consent']>, more: Partial<Event> = {}): Event {
  return eventOf(id, ['p1'], { consent, ...more });
}

describe('rows of the history of consents', () => {
  it('tell each word with what was agreed to, how, and by whom it was entered', () => {
    const [rows] = told([
      said(
        'e1',
        { marketing: { sms: true }, sharing: false, notices: { privacy: 3 }, text_version: '2026-09' },
        { type: 'consent_changed', properties: { method: 'call', author: 'ann', reason: 'asked' } },
      ),
    ]);
    const common = {
      text_version: '2026-09',
      method: 'call',
      author: 'ann',
      reason: 'asked',
      stated: false,
      event_id: 'e1',
    };
    expect(rows).toMatchObject([
      { ...common, kind: 'consent', name: 'marketing.sms', given: true, version: 0 },
      { ...common, kind: 'consent', name: 'sharing', given: false },
      { ...common, kind: 'notice', name: 'privacy', given: true, version: 3 },
    ]);
  });

  it('leave out what was known already, and keep what was said late', () => {
    const [first, again, text, withdrawn, late, told3, told2] = told([
      said('e1', { sharing: true }),
      said('e2', { sharing: true }),
      said('e3', { sharing: true, text_version: '2' }),
      said('e4', { sharing: false }, { time: 1_700_000_000_009 }),
      said('e5', { sharing: true }, { time: 1_700_000_000_005 }),
      said('e6', { notices: { privacy: 3 } }),
      said('e7', { notices: { privacy: 2 } }),
    ]);
    const counts = [first, again, text, withdrawn, late, told3, told2].map((rows) => rows?.length);
    expect(counts).toEqual([1, 0, 1, 1, 1, 1, 0]);
    expect(late?.[0]).toMatchObject({ given: true, event_id: 'e5' });
  });

  it('say that nothing proved who said it', () => {
    const [rows] = told([eventOf('e1', ['p1?'], { consent: { sharing: true } })]);
    expect(rows).toMatchObject([{ stated: true }]);
    expect(told([eventOf('e1', ['p1'])])).toEqual([[]]);
  });
});
