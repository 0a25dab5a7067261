import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { connectNats } from '../../../src/adapters/nats/connection.ts';
import { openNatsLog } from '../../../src/adapters/nats/log.ts';
import { limits } from '../../../src/limits.ts';
import type { Position } from '../../../src/model/record.ts';
import type { Log, LogMessage } from '../../../src/ports/log.ts';
import { describeWith } from '../../support/find-server.ts';
import { type PrivateServer, startNats } from '../../support/servers.ts';
import { NatsHome } from './nats-home.ts';

const clock = createManualClock(1_700_000_000_000);

describeWith(['nats-server'], 'a log on NATS', () => {
  let server: PrivateServer;
  let home: NatsHome;
  let log: Log;
  let spaces = 0;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    spaces += 1;
    home = new NatsHome(server, `f${spaces}`);
    log = await home.open({ clock });
  });
  afterEach(async () => {
    server.resume();
    if (!server.running) await server.restart();
    await home.close(log);
    await home.remove();
  });

  /** A node of its own: another connection, another log, the same stream. */
  const another = async (maxBytes = 1024 ** 3): Promise<{ log: Log; close(): Promise<void> }> => {
    const link = await connectNats(home.options);
    const options = { space: home.space, partition: 'p0', clock, maxBytes };
    const other = await openNatsLog(link, options);
    return {
      log: other,
      close: async () => {
        await other.close();
        await link.close();
      },
    };
  };
  const stream = (): string => `TESSERA_${home.space}_p0`;
  const subject = (): string => `tessera.${home.space}.log.p0`;
  const until = (works: () => Promise<unknown>): Promise<void> =>
    expect
      .poll(
        () =>
          works().then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);

  describe('when its server fails', () => {
    it('keeps what it acknowledged over kills, and each record at most once', async () => {
      const acknowledged = new Map<string, Position>();
      let n = 0;
      for (let round = 0; round < 8; round += 1) {
        const appends: Promise<unknown>[] = [];
        for (let burst = 0; burst < 20; burst += 1) {
          for (let call = 0; call < 10; call += 1) {
            const words = [n, n + 1].map((at) => `record ${at}`);
            n += 2;
            const append = log.append(words.map((word) => Buffer.from(word)));
            appends.push(
              append.then(
                (positions) => words.map((word, at) => acknowledged.set(word, positions[at] as Position)),
                (error: unknown) => expect(error).toMatchObject({ code: 'log_unavailable' }),
              ),
            );
          }
          // Some are acknowledged for certain before the server dies.
          if (burst === 0) await Promise.all(appends);
          if (burst === 3 + round) void server.kill();
          await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(appends);
        await server.restart();
        await until(() => log.append([Buffer.from(`round ${round}`)]));
      }
      expect(acknowledged.size).toBeGreaterThan(100);
      const stored = await all(log);
      const words = stored.flatMap(texts);
      expect(words).toHaveLength(new Set(words).size);
      const lost = [...acknowledged].filter(
        ([word, { seq, index }]) => stored[seq - 1]?.records[index]?.toString() !== word,
      );
      expect(lost).toEqual([]);
    });

    it('refuses while it is away, reads nothing wrong, and goes on by itself afterwards', async () => {
      await log.append([Buffer.from('before')]);
      expect((await all(log)).flatMap(texts)).toEqual(['before']);
      const other = await another();
      await server.kill();
      await expect
        .poll(() => log.append([Buffer.from('away')]).catch((error) => error))
        .toMatchObject({
          code: 'log_unavailable',
          retryable: true,
        });
      expect((await all(log)).flatMap(texts)).toEqual(['before']);
      await expect(async () => other.log.read(0, 10)).rejects.toMatchObject({ code: 'log_unavailable' });
      await other.close();
      await expect(log.trim(1)).rejects.toMatchObject({ code: 'log_unavailable' });
      await server.restart();
      await until(() => log.append([Buffer.from('after')]));
      const words = (await all(log)).flatMap(texts);
      expect([words.at(0), words.at(-1)]).toEqual(['before', 'after']);
    });

    it('answers soon while it is paused, and goes on when it continues', async () => {
      await log.append([Buffer.from('before')]);
      server.pause();
      const waiting = [log.append([Buffer.from('a')]), log.append([Buffer.from('b')])];
      await new Promise((resolve) => setTimeout(resolve, 50));
      waiting.push(log.append([Buffer.from('queued')]));
      for (const append of waiting) await expect(append).rejects.toMatchObject({ code: 'log_unavailable' });
      server.resume();
      await until(() => log.append([Buffer.from('after')]));
      const words = (await all(log)).flatMap(texts);
      expect(words.filter((word) => word !== 'a' && word !== 'b')).toEqual(['before', 'after']);
    });

    it('calls its listeners again after a restart, also for what others append', async () => {
      let calls = 0;
      log.subscribe(() => {
        calls += 1;
      });
      await server.restart();
      const other = await another();
      await other.log.append([Buffer.from('from elsewhere')]);
      await expect.poll(() => calls, { timeout: 20_000 }).toBeGreaterThan(0);
      expect((await log.read(0, 10)).flatMap(texts)).toEqual(['from elsewhere']);
      await other.close();
    });

    it('looks when it is asked for more than it knows of', async () => {
      const other = await another();
      for (const word of ['a', 'b', 'c']) await log.append([Buffer.from(word)]);
      expect((await other.log.read(2, 10)).flatMap(texts)).toEqual(['c']);
      expect(await other.log.read(7, 1)).toEqual([]);
      await other.close();
    });

    it('says that the tail is lost when the stream ends earlier than before', async () => {
      for (const word of ['a', 'b', 'c']) await log.append([Buffer.from(word)]);
      await all(log);
      await server.kill();
      const [block = ''] = readdirSync(home.filesOf(server)).filter((name) => name.endsWith('.blk'));
      // What a power cut leaves behind: a message that was begun, where whole ones were acknowledged.
      const path = join(home.filesOf(server), block);
      truncateSync(path, Math.floor(statSync(path).size / 2));
      for (const name of readdirSync(home.filesOf(server))) {
        if (!name.endsWith('.blk')) rmSync(join(home.filesOf(server), name));
      }
      await server.restart();
      await expect.poll(async () => codeOf(() => log.read(3, 1)), { timeout: 20_000 }).toBe('log_lost_tail');
      expect(log.stats().lastSeq).toBeLessThan(3);
    });
  });

  describe('when somebody meddles with its stream', () => {
    it('stops in front of a message that is none of ours, names it, and reads those before', async () => {
      await log.append([Buffer.from('ours')]);
      const link = await home.link();
      await link.request(subject(), 'theirs');
      await log.append([Buffer.from('ours again')]);
      expect((await log.read(0, 1)).flatMap(texts)).toEqual(['ours']);
      expect((await log.read(0, 9)).flatMap(texts)).toEqual(['ours']);
      for (let tries = 0; tries < 2; tries += 1) {
        await expect(async () => log.read(1, 9)).rejects.toMatchObject({
          code: 'log_corrupt',
          message: expect.stringContaining('2'),
        });
      }
    });

    it('notices a message that somebody deleted from between others, since nothing stands in its place', async () => {
      for (const word of ['a', 'b', 'c']) await log.append([Buffer.from(word)]);
      const { manager } = await home.link();
      await manager.streams.deleteMessage(stream(), 2);
      const other = await another();
      expect((await other.log.read(0, 1)).flatMap(texts)).toEqual(['a']);
      await expect(async () => other.log.read(1, 9)).rejects.toMatchObject({ code: 'log_corrupt' });
      await other.close();
    });

    it('says that the tail is lost when its stream was deleted, and founded anew by somebody', async () => {
      for (const word of ['a', 'b']) await log.append([Buffer.from(word)]);
      await all(log);
      const { manager } = await home.link();
      await manager.streams.delete(stream());
      await expect(log.append([Buffer.from('c')])).rejects.toMatchObject({ code: 'log_unavailable' });
      const other = await another();
      for (const word of ['d', 'e', 'f']) await other.log.append([Buffer.from(word)]);
      await expect(log.trim(0)).rejects.toMatchObject({ code: 'log_lost_tail' });
      await expect(async () => log.read(2, 10)).rejects.toMatchObject({ code: 'log_lost_tail' });
      await other.close();
    });

    it('refuses to open what would lose messages, and says why', async () => {
      const { manager } = await home.link();
      const { config } = await manager.streams.info(stream());
      await manager.streams.update(stream(), { ...config, max_age: 3_600_000_000_000 });
      await expect(another()).rejects.toMatchObject({
        code: 'log_misconfigured',
        message: expect.stringContaining('max_age is 3600000000000, not 0'),
      });
      await manager.streams.delete(stream());
      await manager.streams.add({ name: stream(), subjects: [subject()] });
      await expect(another()).rejects.toMatchObject({
        code: 'log_misconfigured',
        message: expect.stringMatching(/discard is old, not new/),
      });
    });

    it('takes nothing more once somebody changed its settings, until they are right again', async () => {
      await log.append([Buffer.from('a')]);
      const { manager } = await home.link();
      const { config } = await manager.streams.info(stream());
      await manager.streams.update(stream(), { ...config, max_age: 3_600_000_000_000 });
      await log.trim(0);
      await expect(log.append([Buffer.from('b')])).rejects.toMatchObject({ code: 'log_misconfigured' });
      expect((await all(log)).flatMap(texts)).toEqual(['a']);
      await manager.streams.update(stream(), config);
      await log.trim(0);
      expect(await log.append([Buffer.from('b')])).toEqual([{ seq: 2, index: 0 }]);
    });

    it('reads on when its consumer was deleted', async () => {
      await log.append([Buffer.from('a')]);
      await all(log);
      const { manager } = await home.link();
      for await (const { name } of manager.consumers.list(stream())) {
        await manager.consumers.delete(stream(), name);
      }
      await log.append([Buffer.from('b')]);
      await expect
        .poll(() =>
          all(log).then(
            (found) => found.flatMap(texts),
            () => [],
          ),
        )
        .toEqual(['a', 'b']);
    });

    it('never makes a stream smaller than what it holds', async () => {
      await log.append([Buffer.alloc(100_000)]);
      await expect(home.open({ clock, maxBytes: 50_000 })).rejects.toMatchObject({
        code: 'log_misconfigured',
      });
      expect(await all(log)).toHaveLength(1);
    });
  });

  describe('with several nodes', () => {
    it('gives every record of all appenders its place, and keeps calls together', async () => {
      const nodes = [await another(), await another(), await another()];
      const expected = new Map<string, string>();
      const calls = Array.from({ length: 600 }, async (_, call) => {
        const words = Array.from({ length: 1 + (call % 3) }, (_, at) => `${call}.${at}`);
        const positions = await nodes[call % 3]?.log.append(words.map((word) => Buffer.from(word)));
        const at = (positions ?? []).map(({ seq, index }) => `${seq}.${index}`);
        const [first] = positions ?? [];
        expect(at).toEqual(words.map((_, index) => `${first?.seq}.${(first?.index ?? 0) + index}`));
        for (const [index, word] of words.entries()) expected.set(at[index] ?? '', word);
      });
      await Promise.all(calls);
      const found = await all(log);
      expect(found.map(({ seq }) => seq)).toEqual(found.map((_, at) => at + 1));
      const places = found.flatMap(({ seq, records }) =>
        records.map((record, index) => [`${seq}.${index}`, String(record)] as const),
      );
      expect(new Map(places)).toEqual(expected);
      for (const node of nodes) await node.close();
    });

    it('tells whoever listens of what other nodes append, and reads it at once', async () => {
      const other = await another();
      const heard: number[] = [];
      log.subscribe(() => heard.push(log.stats().lastSeq));
      for (const word of ['a', 'b', 'c']) await other.log.append([Buffer.from(word)]);
      await expect.poll(() => heard.at(-1)).toBe(3);
      expect((await log.read(0, 10)).flatMap(texts)).toEqual(['a', 'b', 'c']);
      expect(log.stats()).toEqual(other.log.stats());
      await other.close();
    });

    it('gives the same message the same digest everywhere, and another one after a lost tail', async () => {
      const other = await another();
      await log.append([Buffer.from('a')]);
      const [here] = await log.read(0, 1);
      const [there] = await other.log.read(0, 1);
      expect(there?.digest).toBe(here?.digest);
      await other.close();
      const { manager } = await home.link();
      await log.close();
      await manager.streams.delete(stream());
      log = await home.open({ clock });
      await log.append([Buffer.from('a')]);
      const [again] = await log.read(0, 1);
      expect(again?.appendedAt).toBe(here?.appendedAt);
      expect(again?.digest).not.toBe(here?.digest);
    });

    it('reads on after another node trimmed what it was about to read', async () => {
      for (let n = 1; n <= 9; n += 1) await log.append([Buffer.from(String(n))]);
      const other = await another();
      await other.log.trim(6);
      expect((await log.read(0, 2)).flatMap(texts)).toEqual(['7', '8']);
      expect((await log.read(8, 9)).flatMap(texts)).toEqual(['9']);
      await other.close();
    });
  });

  describe('when it is full', () => {
    it('drops nothing that it holds, whatever the size of the messages and however many nodes append', async () => {
      const other = await another(20_000);
      await log.close();
      log = await home.open({ clock, maxBytes: 20_000 });
      let accepted = 0;
      let refused = 0;
      for (let n = 0; n < 400; n += 1) {
        const node = n % 2 === 0 ? log : other.log;
        await node.append([Buffer.alloc(n % 90)]).then(
          () => {
            accepted += 1;
          },
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'log_full' });
            refused += 1;
          },
        );
      }
      expect(refused).toBeGreaterThan(0);
      expect(accepted).toBeGreaterThan(50);
      const found = await all(log);
      expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: accepted }, (_, at) => at + 1));
      await other.close();
    });
  });

  describe('with more than it holds in memory', () => {
    it('reads from anywhere, forward and back, by two readers at once', async () => {
      const count = 24;
      for (let n = 1; n <= count; n += 1) await log.append([Buffer.alloc(limits.messageBytesMax - 1_000, n)]);
      const first = async (after: number, max: number): Promise<(readonly [number, number | undefined])[]> =>
        (await log.read(after, max)).map(({ seq, records }) => [seq, records[0]?.[0]]);
      const expected = (after: number, max: number): number[][] =>
        Array.from({ length: Math.min(max, count - after) }, (_, at) => [after + at + 1, after + at + 1]);
      expect(await first(0, 100)).toEqual(expected(0, 100));
      for (let after = 0; after < count; after += 1) {
        expect(await first(after, 2)).toEqual(expected(after, 2));
        expect(await first(count - after - 1, 3)).toEqual(expected(count - after - 1, 3));
      }
    });
  });
});

describeWith(['nats-server'], 'a log on a NATS server that takes only small messages', () => {
  it('makes messages that fit, and refuses a record that does not', async () => {
    const server = await startNats({ config: 'max_payload: 65536' });
    const home = new NatsHome(server, 'small');
    const log = await home.open({ clock });
    const records = Array.from({ length: 10 }, (_, n) => Buffer.alloc(20_000, n));
    const positions = await log.append(records);
    expect(new Set(positions.map(({ seq }) => seq)).size).toBe(4);
    const found = (await all(log)).flatMap((message) => message.records);
    expect(found.map(([first]) => first)).toEqual(records.map(([first]) => first));
    await expect(log.append([Buffer.alloc(65_536)])).rejects.toMatchObject({ code: 'record_too_large' });
    await home.close(log);
    await server.remove();
  });
});

function texts({ records }: LogMessage): string[] {
  return records.map((record) => Buffer.from(record).toString());
}

async function all(log: Log): Promise<readonly LogMessage[]> {
  return log.read(0, 10_000);
}

async function codeOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}
