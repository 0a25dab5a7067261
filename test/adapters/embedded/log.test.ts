import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { openLog } from '../../../src/adapters/embedded/log.ts';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { limits } from '../../../src/limits.ts';
import type { Log } from '../../../src/ports/log.ts';
import { describeLog, type LogHome } from '../../conformance/log.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const CODES = { full: 'log_full', failed: 'log_unavailable' } as const;

class EmbeddedHome implements LogHome {
  readonly directory: TemporaryDirectory = createTemporaryDirectory();
  #environment: Environment | undefined;

  get path(): string {
    return join(this.directory.path, 'log');
  }

  async open(options: Parameters<LogHome['open']>[0]): Promise<Log> {
    this.#environment = new Environment(this.path, CODES);
    return openLog(this.#environment, 'main', options);
  }

  async close(log: Log): Promise<void> {
    await log.close();
    await this.#environment?.close();
  }

  async remove(): Promise<void> {
    this.directory.remove();
  }
}

/** Changes one byte of a stored message, as a failing medium would. */
async function flipByte(path: string, seq: number, from: 'header' | 'record'): Promise<void> {
  const environment = open({ path, encoding: 'binary', overlappingSync: false });
  const messages = environment.openDB<Buffer, number>({ name: 'log/main', encoding: 'binary' });
  const stored = Buffer.from(messages.get(seq) ?? []);
  const place = from === 'record' ? stored.byteLength - 1 : 20;
  stored.writeUInt8(stored.readUInt8(place) ^ 1, place);
  await messages.put(seq, stored);
  await environment.close();
}

describeLog({
  name: 'embedded',
  createHome: async () => new EmbeddedHome(),
  damage: async (home, seq) => {
    if (home instanceof EmbeddedHome) await flipByte(home.path, seq, 'record');
  },
});

describe('the embedded log', () => {
  let home: EmbeddedHome;
  const clock = createManualClock(0);
  beforeEach(() => {
    home = new EmbeddedHome();
  });
  afterEach(() => home.remove());

  it('packs what queued during a flush into few messages', async () => {
    const log = await home.open({ clock });
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => log.append([Buffer.from(String(n))])));
    expect(log.stats().lastSeq).toBeLessThanOrEqual(3);
    await home.close(log);
  });

  it('notices damage of a header', async () => {
    let log = await home.open({ clock });
    for (const word of ['a', 'b', 'c']) await log.append([Buffer.from(word)]);
    await home.close(log);
    await flipByte(home.path, 2, 'header');
    log = await home.open({ clock });
    expect(() => log.read(1, 1)).toThrowError(expect.objectContaining({ code: 'log_corrupt' }));
    await home.close(log);
  });

  it('notices a missing message between others', async () => {
    let log = await home.open({ clock });
    for (const word of ['a', 'b', 'c']) await log.append([Buffer.from(word)]);
    await home.close(log);
    const environment = open({ path: home.path, encoding: 'binary', overlappingSync: false });
    await environment.openDB<Buffer, number>({ name: 'log/main', encoding: 'binary' }).remove(2);
    await environment.close();
    log = await home.open({ clock });
    expect(() => log.read(0, 10)).toThrowError(expect.objectContaining({ code: 'log_corrupt' }));
    await home.close(log);
  });

  it('bounds what may wait', async () => {
    const log = await home.open({ clock });
    const half = new Uint8Array(limits.appendQueueBytesMax / 2);
    const first = log.append([half]);
    await expect(log.append([half])).rejects.toMatchObject({ code: 'log_unavailable' });
    await first;
    expect(await log.append([Buffer.from('room again')])).toHaveLength(1);
    await home.close(log);
  });

  it('reads the same from memory and from the store, on both sides of the boundary', async () => {
    const log = await home.open({ clock });
    const count = 14;
    for (let n = 0; n < count; n += 1) await log.append([Buffer.alloc(limits.messageBytesMax - 1_000, n)]);
    for (let after = 0; after < count; after += 1) {
      const messages = await log.read(after, 3);
      const expected = [after + 1, after + 2, after + 3].filter((seq) => seq <= count);
      expect(messages.map(({ seq }) => seq)).toEqual(expected);
      for (const message of messages) expect(message.records[0]?.[0]).toBe(message.seq - 1);
    }
    await home.close(log);
  });

  it('keeps several logs of one environment apart', async () => {
    const environment = new Environment(home.path, CODES);
    const [one, other] = [openLog(environment, 'p0', { clock }), openLog(environment, 'p1', { clock })];
    await Promise.all([one.append([Buffer.from('one')]), other.append([Buffer.from('other')])]);
    expect((await one.read(0, 9))[0]?.records.map(String)).toEqual(['one']);
    expect((await other.read(0, 9))[0]?.records.map(String)).toEqual(['other']);
    await one.trim(1);
    expect(other.stats().firstSeq).toBe(1);
    await Promise.all([one.close(), other.close()]);
    await environment.close();
  });

  it('trims more than one slice while appends go on', async () => {
    const log = await home.open({ clock });
    const count = limits.logTrimSliceMessages * 2 + 10;
    for (let n = 0; n < count; n += 1) await log.append([Buffer.from('x')]);
    const trimming = log.trim(count - 1);
    const appending = log.append([Buffer.from('meanwhile')]);
    await Promise.all([trimming, appending]);
    expect(log.stats()).toMatchObject({ firstSeq: count, lastSeq: count + 1 });
    await home.close(log);
  });
});
