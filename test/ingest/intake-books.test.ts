import { describe, expect, it } from 'vitest';
import type { Admission, AdmitRequest } from '../../src/ingest/admit.ts';
import { bookedAdmit } from '../../src/ingest/booked-admit.ts';
import { IntakeBooks } from '../../src/ingest/intake-books.ts';
import { limits } from '../../src/limits.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 21, 12);

function request(items: number, dryRun = false): AdmitRequest {
  const context = { source: 'shop', receivedAt: NOON + 5_000, defaultChannel: 'web', publicKey: false };
  // Nothing else of a request is looked at.
  return { items: Array.from({ length: items }), context, dryRun } as unknown as AdmitRequest;
}

/** Of four items the first is two events, one is kept and one refused. */
const admission = {
  accepted: [{ index: 0 }, { index: 0 }, { index: 2 }],
  rejected: [
    { index: 1, code: 'schema_violation', path: '', message: '', quarantine_id: 'q-1' },
    { index: 3, code: 'event_too_large', path: '', message: '' },
  ],
} as unknown as Admission;

describe('the books of the intake', () => {
  it('count items by minute and source, and what became of them before the log', async () => {
    const books = new IntakeBooks();
    await bookedAdmit(async () => admission, books)(request(4));
    expect(books.minutes()).toEqual([
      { minute: NOON, source: 'shop', received: 4, logged: 2, quarantined: 1, refused: 1 },
    ]);
    expect(books.total('logged')).toEqual({ shop: 2 });
  });

  it('count as refused what the log did not take, and nothing of a dry run', async () => {
    const books = new IntakeBooks();
    const away = bookedAdmit(() => Promise.reject(new RangeError('away')), books);
    await expect(away(request(3))).rejects.toThrow('away');
    await bookedAdmit(async () => admission, books)(request(4, true));
    expect(books.minutes()).toMatchObject([{ received: 3, logged: 0, refused: 3 }]);
  });

  it('remember so many minutes and so many sources', () => {
    const books = new IntakeBooks();
    for (let n = 0; n < limits.intakeMinutesKept + 5; n += 1)
      books.note('shop', NOON + n * MINUTE, { received: 1 });
    expect(books.minutes()).toHaveLength(limits.intakeMinutesKept);
    expect(books.minutes()[0]?.minute).toBe(NOON + 5 * MINUTE);
    for (let n = 0; n < limits.intakeSourcesMax + 5; n += 1) books.note(`s-${n}`, NOON, { received: 1 });
    const received = books.total('received');
    expect(Object.keys(received).length).toBe(limits.intakeSourcesMax + 1);
    expect(received.other).toBe(6);
    expect(Object.values(received).reduce((sum, n) => sum + n, 0)).toBe(
      limits.intakeMinutesKept + 5 + limits.intakeSourcesMax + 5,
    );
  });
});
