import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientLimits } from '../../src/sdk/client/client-limits.ts';
import { parseFrames, type StreamFrame } from '../../src/sdk/client/stream-frames.ts';

async function* inPieces(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield text.slice(from, cut);
    from = Math.max(from, cut);
  }
  yield text.slice(from);
}

async function framesOf(chunks: AsyncIterable<string>): Promise<readonly StreamFrame[]> {
  const frames: StreamFrame[] = [];
  for await (const frame of parseFrames(chunks)) frames.push(frame);
  return frames;
}

const line = fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ''));
const message = fc.record({
  id: line.map((text) => text.trimStart()),
  event: line.map((text) => text.trimStart() || 'message'),
  data: fc.array(line, { minLength: 1, maxLength: 3 }),
});

describe('the messages of a stream', () => {
  it('are the same however their bytes are cut, and whatever ends their lines', async () => {
    const run = async (
      messages: readonly { id: string; event: string; data: readonly string[] }[],
      end: string,
      cuts: readonly number[],
    ) => {
      const text = messages
        .map(({ id, event, data }) =>
          [
            `id: ${id}`,
            ': a comment',
            `event: ${event}`,
            ...data.map((each) => `data: ${each}`),
            '',
            'retry: 5',
            '',
            '',
          ].join(end),
        )
        .join('');
      const frames = await framesOf(inPieces(text, cuts));
      expect(frames).toEqual(messages.map(({ data, ...rest }) => ({ ...rest, data: data.join('\n') })));
    };
    const cuts = fc.array(fc.nat(300), { maxLength: 20 });
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(fc.asyncProperty(fc.array(message, { maxLength: 6 }), ends, cuts, run), { numRuns: 500 });
  });

  it('that are not finished when the connection ends are none', async () => {
    expect(await framesOf(inPieces('id: 1\ndata: {}\n\nid: 2\ndata: {}\n', [3]))).toHaveLength(1);
  });

  it('fail where they do not end within their bound', async () => {
    async function* endless(): AsyncGenerator<string> {
      yield 'data: ';
      for (;;) yield 'x'.repeat(clientLimits.streamFrameCharactersMax / 8);
    }
    await expect(framesOf(endless())).rejects.toMatchObject({ code: 'unreadable_answer' });
  });
});
