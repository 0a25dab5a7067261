import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStream, type StreamMessage } from '../../../src/cli/tail/read-stream.ts';
import { frame } from '../../../src/serve/stream-clients.ts';

async function messagesIn(parts: readonly Uint8Array[]): Promise<readonly StreamMessage[]> {
  const found: StreamMessage[] = [];
  async function* sent(): AsyncGenerator<Uint8Array> {
    yield* parts;
  }
  for await (const message of readStream(sent())) found.push(message);
  return found;
}

describe('a stream of server-sent events', () => {
  it('is read alike however it is cut, also within a character, and without its comments', async () => {
    const message = fc.record({
      id: fc.constantFrom('', 'a.1', 'b:2'),
      event: fc.constantFrom('trigger', 'profile'),
      data: fc.dictionary(fc.string(), fc.string({ unit: 'binary' })),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 8 }),
        fc.array(fc.nat(2_000), { maxLength: 12 }),
        async (messages, cuts) => {
          const texts = messages.map(({ id, event, data }) => `: still here\n\n${frame(id, event, data)}`);
          const bytes = Buffer.from(texts.join(''));
          const places = [
            0,
            ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
            bytes.length,
          ];
          const parts = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
          const wanted = messages.map(({ id, event, data }) => ({ id, event, data: JSON.stringify(data) }));
          expect(await messagesIn(parts)).toEqual(wanted);
        },
      ),
    );
  });

  it('ends with what is whole', async () => {
    const cut = Buffer.from('event: trigger\ndata: {"a":1}\n\nevent: trigger\ndata: {"b"');
    expect(await messagesIn([cut])).toEqual([{ id: '', event: 'trigger', data: '{"a":1}' }]);
  });
});
