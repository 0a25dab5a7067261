import { beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Event } from '../../src/model/event.ts';
import type { Fate } from '../../src/serve/event-hub.ts';
import { RecentEvents } from '../../src/serve/recent-events.ts';

let now = 0;
let recent: RecentEvents;
beforeEach(() => {
  now = 1_000;
  recent = new RecentEvents(() => now);
});

function fate(id: string, status: 'applied' | 'duplicate' = 'applied'): Fate {
  const event = {
    id,
    type: 'product_viewed',
    time: 1,
    receivedAt: 900,
    source: 's',
    channel: 'web',
  } as Event;
  return { record: { kind: 'event', event }, outcome: { status, profileId: 'p-1' } };
}

const at = (spooled: number, partition = 'p0') => ({ partition, spooled });

describe('what a process has seen of events', () => {
  it('says what became of each receipt and when, the newest first', () => {
    recent.committed([fate('e-1'), fate('e-2')], at(1));
    now = 2_000;
    recent.committed([fate('e-1', 'duplicate')], at(0));
    expect(recent.find('e-1')).toMatchObject([
      { status: 'duplicate', doneAt: 2_000 },
      {
        status: 'applied',
        source: 's',
        type: 'product_viewed',
        profileId: 'p-1',
        receivedAt: 900,
        doneAt: 1_000,
      },
    ]);
    expect(recent.find('e-3')).toEqual([]);
    expect(recent.find('')).toEqual([]);
  });

  it('knows what is kept by its id in quarantine, and what was refused by its own', () => {
    const kept = {
      kind: 'quarantine',
      id: 'q-1',
      source: 's',
      receivedAt: 900,
      code: 'c',
      path: '/type',
    } as const;
    const outcome = { status: 'quarantined', code: 'schema_violation', profileId: '' } as const;
    recent.committed([{ record: { ...kept, message: '', sealed: '' }, outcome }], at(1));
    expect(recent.find('q-1')).toMatchObject([
      { status: 'quarantined', code: 'schema_violation', path: '/type' },
    ]);
    recent.refused({
      id: 'e-9',
      type: '',
      channel: '',
      source: 's',
      code: 'large',
      path: '',
      receivedAt: 950,
    });
    expect(recent.find('e-9')).toMatchObject([{ status: 'rejected', code: 'large', time: undefined }]);
  });

  it('knows what is kept by the name that its sender gave it, too', () => {
    const kept = { kind: 'quarantine', id: 'q-1', eventId: 'e-7', source: 's', receivedAt: 900 } as const;
    const reason = { code: 'c', path: '', message: '', sealed: '' };
    const outcome = { status: 'quarantined', code: 'c', profileId: '' } as const;
    recent.committed([{ record: { ...kept, ...reason }, outcome }, fate('e-7')], at(1));
    expect(recent.find('e-7')).toMatchObject([
      { status: 'quarantined', quarantineId: 'q-1' },
      { status: 'applied' },
    ]);
    expect(recent.find('q-1')).toHaveLength(1);
  });

  it('knows when history had it: with the first cut that has its entry of the spool, of its partition', () => {
    recent.committed([fate('e-1')], at(7));
    recent.inHistory('p0', 6);
    recent.inHistory('p1', 9);
    expect(recent.find('e-1')[0]?.inHistoryAt).toBeUndefined();
    now = 3_000;
    recent.inHistory('p0', 8);
    now = 4_000;
    recent.inHistory('p0', 9);
    expect(recent.find('e-1')[0]?.inHistoryAt).toBe(3_000);
  });

  it('does not take the oldest insert that it remembers for the one that had it', () => {
    recent.committed([fate('e-1')], at(1));
    for (let last = 1; last <= limits.recentCutsKept + 1; last++) recent.inHistory('p0', last);
    expect(recent.find('e-1')[0]?.inHistoryAt).toBeUndefined();
  });

  it('forgets the oldest when there are too many, and nothing of one slot shows through in another', () => {
    recent.refused({
      id: 'e-0',
      type: '',
      channel: '',
      source: 'x',
      code: 'large',
      path: '/a',
      receivedAt: 1,
    });
    recent.committed(
      Array.from({ length: limits.recentEventsKept - 1 }, (_, i) => fate(`f-${i}`)),
      at(1),
    );
    expect(recent.find('e-0')).toHaveLength(1);
    recent.committed([fate('e-1')], at(2));
    expect(recent.find('e-0')).toEqual([]);
    expect(recent.find('e-1')).toMatchObject([
      { source: 's', status: 'applied', code: '', path: '', quarantineId: '', time: 1 },
    ]);
  });
});
