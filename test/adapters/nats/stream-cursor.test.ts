import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectNats, type NatsLink } from '../../../src/adapters/nats/connection.ts';
import { StreamCursor } from '../../../src/adapters/nats/stream-cursor.ts';
import { packMessage, UNCHAINED } from '../../../src/adapters/packed/packed-message.ts';
import { limits } from '../../../src/limits.ts';
import { describeWith } from '../../support/find-server.ts';
import { type PrivateServer, startNats } from '../../support/servers.ts';

const header = { seq: UNCHAINED, appendedAt: 1, offset: UNCHAINED, previousDigest: UNCHAINED };

describeWith(['nats-server'], 'a cursor over a stream of NATS', () => {
  let server: PrivateServer;
  let link: NatsLink;
  beforeAll(async () => {
    server = await startNats();
    link = await connectNats({ servers: [server.url], name: 'test' });
  });
  afterAll(async () => {
    await link.close();
    await server.remove();
  });

  /** A stream without our protections, as only a test would found it. */
  async function found(stream: string, words: readonly string[]): Promise<void> {
    await link.manager.streams.add({ name: stream, subjects: [stream] });
    for (const word of words) await link.request(stream, packMessage(header, [Buffer.from(word)]).packed);
  }

  function follow(stream: string, from: number, arrived: (bytes: number) => void = () => undefined) {
    const source = {
      link,
      stream,
      firstSeq: async () => (await link.manager.streams.info(stream)).state.first_seq,
      replaced: async () => undefined,
      arrived: (_message: unknown, bytes: number) => arrived(bytes),
    };
    return new StreamCursor(source, from);
  }

  async function readFrom(cursor: StreamCursor, from: number, count: number): Promise<string[]> {
    const words: string[] = [];
    while (words.length < count) {
      const taken = cursor.take(from + words.length, count - words.length);
      if (taken.length === 0) await cursor.arrival();
      words.push(...taken.flatMap(({ records }) => records.map(String)));
    }
    return words;
  }

  it('stops in front of a message that is missing between others, for good', async () => {
    await found('gap', ['a', 'b', 'c', 'd']);
    await link.manager.streams.deleteMessage('gap', 3);
    const cursor = follow('gap', 1);
    expect(await readFrom(cursor, 1, 2)).toEqual(['a', 'b']);
    for (let tries = 0; tries < 2; tries += 1) {
      await expect(readFrom(cursor, 3, 1)).rejects.toMatchObject({
        code: 'log_corrupt',
        message: expect.stringContaining('3'),
      });
    }
    expect(cursor.take(4, 1)).toEqual([]);
    cursor.close();
  });

  it('stops in front of a message that is missing at the end', async () => {
    await found('end', ['a', 'b']);
    await link.manager.streams.deleteMessage('end', 2);
    const cursor = follow('end', 1);
    expect(await readFrom(cursor, 1, 1)).toEqual(['a']);
    await expect(readFrom(cursor, 2, 1)).rejects.toMatchObject({ code: 'log_corrupt' });
    cursor.close();
  });

  it('goes on behind what was trimmed as a prefix', async () => {
    await found('prefix', ['a', 'b', 'c', 'd']);
    await link.manager.streams.purge('prefix', { seq: 3 });
    const cursor = follow('prefix', 1);
    expect(await readFrom(cursor, 3, 2)).toEqual(['c', 'd']);
    cursor.close();
  });

  it('notices at a new start that its last message was replaced by another', async () => {
    await found('replaced', ['a', 'b']);
    const cursor = follow('replaced', 1);
    expect(await readFrom(cursor, 1, 2)).toEqual(['a', 'b']);
    await link.manager.streams.delete('replaced');
    await found('replaced', ['a', 'b', 'c']);
    cursor.restart();
    await expect(readFrom(cursor, 3, 1)).rejects.toMatchObject({ code: 'log_lost_tail' });
    cursor.close();
  });

  it('holds no more than it may of what nobody has read yet, and brings the rest when it is wanted', async () => {
    const word = 'x'.repeat(250_000);
    await found(
      'bounded',
      Array.from({ length: 40 }, () => word),
    );
    let arrived = 0;
    const cursor = follow('bounded', 1, (bytes) => {
      arrived += bytes;
    });
    await expect.poll(() => arrived).toBeGreaterThan(limits.natsAheadBytesMax / 2);
    await link.connection.flush();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(arrived).toBeLessThanOrEqual(limits.natsAheadBytesMax * 1.5);
    expect(await readFrom(cursor, 1, 40)).toHaveLength(40);
    cursor.close();
  });
});
