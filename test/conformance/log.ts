import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { limits } from '../../src/limits.ts';
import type { Position } from '../../src/model/record.ts';
import type { Log, LogMessage } from '../../src/ports/log.ts';

/** One place that a log lives in: it can be opened again and again, and sees what was there. */
export interface LogHome {
  open(options: { readonly clock: ManualClock; readonly maxBytes?: number }): Promise<Log>;
  /** Closes the log and everything below it. */
  close(log: Log): Promise<void>;
  remove(): Promise<void>;
}

export interface LogSuite {
  readonly name: string;
  readonly createHome: () => Promise<LogHome>;
  /** Flips one bit of a stored record, behind the log's back; the log is closed meanwhile. */
  readonly damage?: (home: LogHome, seq: number) => Promise<void>;
  /** Why `damage` is missing. */
  readonly damageSkipped?: string;
}

/** What the test of replaced messages ends with. */
const REWRITTEN = [
  ['gone', ''],
  ['b', 'b2'],
  ['c', 'gone as well'],
  ['d', 'd2'],
];

const START = 1_700_000_000_000;

export function describeLog(suite: LogSuite): void {
  describe(`log: ${suite.name}`, () => {
    let home: LogHome;
    let clock: ManualClock;
    let log: Log;
    beforeEach(async () => {
      home = await suite.createHome();
      clock = createManualClock(START);
      log = await home.open({ clock });
    });
    afterEach(async () => {
      await home.close(log);
      await home.remove();
    });
    const reopen = async (maxBytes?: number): Promise<void> => {
      await home.close(log);
      log = await home.open(maxBytes === undefined ? { clock } : { clock, maxBytes });
    };

    it('starts empty', async () => {
      expect(log.stats()).toEqual({ firstSeq: 1, lastSeq: 0, bytes: 0 });
      expect(await log.read(0, 10)).toEqual([]);
      expect(await log.append([])).toEqual([]);
      expect(log.stats().lastSeq).toBe(0);
    });

    it('gives each record its position, and gives the record back there', async () => {
      const positions = await log.append([bytes('a'), bytes(''), bytes('c')]);
      expect(positions).toEqual([at(1, 0), at(1, 1), at(1, 2)]);
      const [message] = await log.read(0, 10);
      expect(message?.records.map(text)).toEqual(['a', '', 'c']);
      expect(message).toMatchObject({ seq: 1, appendedAt: START });
    });

    it('keeps the records of each call adjacent and in order, however many calls wait', async () => {
      const calls = Array.from({ length: 200 }, (_, call) =>
        Array.from({ length: 1 + (call % 4) }, (_, index) => bytes(`${call}.${index}`)),
      );
      const answers = await Promise.all(calls.map((records) => log.append(records)));
      const order = await allRecords(log);
      expect(order).toEqual(calls.flat().map(text));
      for (const [call, positions] of answers.entries()) {
        const found = await Promise.all(positions.map((position) => recordAt(log, position)));
        expect(found.map(text)).toEqual(calls[call]?.map(text));
        expect(new Set(positions.map((position) => position.seq)).size).toBe(1);
      }
    });

    it('spreads one call over messages only where a message would become too large', async () => {
      const many = Array.from({ length: limits.messageRecordsMax + 1 }, (_, index) => bytes(String(index)));
      expect(new Set((await log.append(many)).map((position) => position.seq)).size).toBe(2);
      const large = [1, 2, 3].map((fill) => new Uint8Array(limits.messageBytesMax / 2).fill(fill));
      const positions = await log.append(large);
      const sizes = (await readAll(log)).map(payload);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.messageBytesMax);
      const third = await recordAt(log, positions[2] ?? at(0, 0));
      expect(Buffer.compare(third, large[2] ?? new Uint8Array())).toBe(0);
    });

    it('never lets appendedAt step back, not even when it is opened anew under an earlier clock', async () => {
      await log.append([bytes('a')]);
      clock.advance(-5_000);
      await log.append([bytes('b')]);
      await reopen();
      await log.append([bytes('c')]);
      clock.set(START + 7);
      await log.append([bytes('d')]);
      const times = (await readAll(log)).map((message) => message.appendedAt);
      expect(times).toEqual([START, START, START, START + 7]);
    });

    it('has the same messages and digests after it was closed and opened', async () => {
      for (const word of ['a', 'b', 'c']) await log.append([bytes(word)]);
      const before = (await readAll(log)).map(plain);
      const stats = log.stats();
      await reopen();
      expect((await readAll(log)).map(plain)).toEqual(before);
      expect(log.stats()).toEqual(stats);
      expect(await log.append([bytes('d')])).toEqual([at(4, 0)]);
    });

    it('gives different histories different digests', async () => {
      await log.append([bytes('a')]);
      await log.append([bytes('same')]);
      const other = await suite.createHome();
      const second = await other.open({ clock });
      await second.append([bytes('b')]);
      await second.append([bytes('same')]);
      const digests = async (of: Log) => (await readAll(of)).map((message) => message.digest);
      const [here, there] = [await digests(log), await digests(second)];
      expect(here[0]).not.toBe(there[0]);
      expect(here[1], 'the digest covers what came before').not.toBe(there[1]);
      await other.close(second);
      await other.remove();
    });

    it('reads from any position, at most as many messages as asked for', async () => {
      for (let n = 1; n <= 5; n += 1) await log.append([bytes(String(n))]);
      const seqs = async (after: number, max: number) => (await log.read(after, max)).map(({ seq }) => seq);
      for (const reopened of [false, true]) {
        if (reopened) await reopen();
        expect(await seqs(0, 3)).toEqual([1, 2, 3]);
        expect(await seqs(3, 3)).toEqual([4, 5]);
        expect(await seqs(5, 3)).toEqual([]);
        expect(await seqs(99, 3)).toEqual([]);
      }
    });

    it('calls back after each durable message, until told to stop', async () => {
      const seen: number[] = [];
      const stop = log.subscribe(() => seen.push(log.stats().lastSeq));
      await log.append([bytes('a')]);
      await log.append([bytes('b')]);
      expect(seen).toEqual([1, 2]);
      stop();
      await log.append([bytes('c')]);
      expect(seen).toEqual([1, 2]);
    });

    it('refuses what would exceed its size, reads on, and takes appends again after a trim', async () => {
      await reopen(2_000);
      let accepted = 0;
      let refusal: unknown;
      while (refusal === undefined && accepted < 100) {
        await log.append([new Uint8Array(300)]).then(
          () => {
            accepted += 1;
          },
          (error: unknown) => {
            refusal = error;
          },
        );
      }
      expect(refusal).toMatchObject({ code: 'log_full' });
      expect(accepted).toBeGreaterThan(2);
      expect(await readAll(log)).toHaveLength(accepted);
      expect(log.stats().bytes).toBeLessThanOrEqual(2_000);
      await log.trim(2);
      expect(await log.append([new Uint8Array(300)])).toEqual([at(accepted + 1, 0)]);
    });

    it('counts on after everything was trimmed and after it was opened anew', async () => {
      for (const word of ['a', 'b', 'c']) await log.append([bytes(word)]);
      await log.trim(99);
      expect(log.stats()).toEqual({ firstSeq: 4, lastSeq: 3, bytes: 0 });
      expect(await log.read(0, 10)).toEqual([]);
      await reopen();
      expect(log.stats()).toEqual({ firstSeq: 4, lastSeq: 3, bytes: 0 });
      expect(await log.append([bytes('d')])).toEqual([at(4, 0)]);
      expect((await log.read(0, 10)).map(({ seq }) => seq)).toEqual([4]);
    });

    it('refuses appends once it is closed', async () => {
      await log.close();
      await expect(log.append([bytes('late')])).rejects.toMatchObject({ code: 'log_unavailable' });
    });

    it('puts other records into the place of a message, under its number, time and digest', async () => {
      for (const word of ['a', 'b', 'c', 'd']) await log.append([bytes(word), bytes(`${word}2`)]);
      const before = (await readAll(log)).map(plain);
      clock.advance(1_000);
      await log.rewrite([
        { seq: 1, records: [bytes('gone'), bytes('')] },
        { seq: 3, records: [bytes('c'), bytes('gone as well')] },
      ]);
      const expected = before.map((message, i) => ({ ...Object(message), records: REWRITTEN[i] }));
      for (const reopened of [false, true]) {
        if (reopened) await reopen();
        expect((await readAll(log)).map(plain)).toEqual(expected);
        expect((await log.read(2, 1)).map(plain)).toEqual([expected[2]]);
        expect(log.stats()).toMatchObject({ firstSeq: 1, lastSeq: 4 });
      }
      expect(await log.append([bytes('e')])).toEqual([at(5, 0)]);
      expect((await readAll(log)).length).toBe(5);
    });

    it('replaces what replaced a message, and leaves what was trimmed away', async () => {
      for (const word of ['a', 'b', 'c', 'd']) await log.append([bytes(word)]);
      await log.rewrite([1, 2, 3].map((seq) => ({ seq, records: [bytes('first')] })));
      await log.trim(1);
      await log.rewrite([1, 2].map((seq) => ({ seq, records: [bytes('second')] })));
      for (const reopened of [false, true]) {
        if (reopened) await reopen();
        expect(await allRecords(log)).toEqual(['second', 'first', 'd']);
        expect(log.stats()).toMatchObject({ firstSeq: 2, lastSeq: 4 });
      }
      await log.trim(4);
      expect(await readAll(log)).toEqual([]);
      expect(log.stats()).toMatchObject({ firstSeq: 5, lastSeq: 4 });
    });

    const damage = suite.damage;
    if (damage === undefined) {
      it.skip(`notices a damaged record (${suite.damageSkipped ?? 'no reason given'})`);
    } else {
      it('notices a damaged record, names the message, and still reads the ones before it', async () => {
        for (const word of ['first', 'second', 'third']) await log.append([bytes(word)]);
        await home.close(log);
        await damage(home, 2);
        log = await home.open({ clock });
        expect((await log.read(0, 1)).map(({ seq }) => seq)).toEqual([1]);
        const reading = async () => log.read(1, 1);
        await expect(reading()).rejects.toMatchObject({
          code: 'log_corrupt',
          message: expect.stringContaining('2'),
        });
      });
    }

    it('equals a list under any sequence of appends, reads, trims and reopenings', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step(), { maxLength: 25 }), async (steps) => {
          const own = await suite.createHome();
          await follow(own, steps);
        }),
        { numRuns: 40 },
      );
    });
  });
}

type Step =
  | { readonly kind: 'append'; readonly calls: readonly (readonly Uint8Array[])[] }
  | { readonly kind: 'read'; readonly after: number; readonly max: number }
  | { readonly kind: 'trim'; readonly part: number }
  | { readonly kind: 'rewrite'; readonly part: number; readonly record: Uint8Array }
  | { readonly kind: 'reopen' };

function step(): fc.Arbitrary<Step> {
  const call = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 });
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        calls: fc.array(call, { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('read' as const),
        after: fc.nat(30),
        max: fc.integer({ min: 1, max: 10 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), part: fc.nat(120) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('rewrite' as const),
        part: fc.integer({ min: 1, max: 99 }),
        record: fc.uint8Array({ maxLength: 60 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  );
}

/** The model: a list of records with positions; trimming cuts its head. */
async function follow(home: LogHome, steps: readonly Step[]): Promise<void> {
  const clock = createManualClock(START);
  let log = await home.open({ clock });
  const model = new Map<number, string[]>();
  let trimmed = 0;
  try {
    for (const one of steps) {
      const last = log.stats().lastSeq;
      if (one.kind === 'append') {
        const answers = await Promise.all(one.calls.map((records) => log.append(records)));
        for (const [call, positions] of answers.entries()) {
          for (const [index, position] of positions.entries()) {
            const message = model.get(position.seq) ?? [];
            expect(message.length).toBe(position.index);
            message.push(text(one.calls[call]?.[index] ?? new Uint8Array()));
            model.set(position.seq, message);
          }
        }
      } else if (one.kind === 'read') {
        const expected = [...model].filter(([seq]) => seq > Math.max(one.after, trimmed)).slice(0, one.max);
        const found = await log.read(one.after, one.max);
        expect(found.map((message) => [message.seq, message.records.map(text)])).toEqual(expected);
      } else if (one.kind === 'trim') {
        trimmed = Math.max(trimmed, Math.min(last, Math.floor((last * one.part) / 100)));
        await log.trim(Math.floor((last * one.part) / 100));
      } else if (one.kind === 'rewrite') {
        const seq = Math.max(1, Math.floor((last * one.part) / 100));
        const records = model.get(seq)?.map(() => one.record);
        if (records !== undefined && seq < last) {
          await log.rewrite([{ seq, records }]);
          model.set(seq, records.map(text));
        }
      } else {
        await home.close(log);
        log = await home.open({ clock });
      }
      expect(log.stats()).toMatchObject({ firstSeq: trimmed + 1, lastSeq: model.size });
    }
  } finally {
    await home.close(log);
    await home.remove();
  }
}

function at(seq: number, index: number): Position {
  return { seq, index };
}

/** Buffers, because that is what callers have, and their `slice` is a trap for adapters: it does not copy. */
function bytes(value: string): Uint8Array {
  return Buffer.from(value);
}

/** Latin-1, so that different bytes stay different. */
function text(record: Uint8Array): string {
  return Buffer.from(record).toString('latin1');
}

function payload(message: LogMessage): number {
  return message.records.reduce((sum, record) => sum + record.byteLength, 0);
}

function plain(message: LogMessage): unknown {
  return { ...message, records: message.records.map(text) };
}

async function readAll(log: Log): Promise<readonly LogMessage[]> {
  return log.read(0, 10_000);
}

async function allRecords(log: Log): Promise<readonly string[]> {
  return (await readAll(log)).flatMap((message) => message.records.map(text));
}

async function recordAt(log: Log, position: Position): Promise<Uint8Array> {
  const [message] = await log.read(position.seq - 1, 1);
  const record = message?.records[position.index];
  expect(record, `a record at ${position.seq}.${position.index}`).toBeDefined();
  return Buffer.from(record ?? []);
}
