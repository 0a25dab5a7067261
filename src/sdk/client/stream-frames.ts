import { clientLimits } from './client-limits.ts';
import { apiError } from './tessera-api-error.ts';

/** One server-sent event as the HTML standard dispatches it (§9.2.6); `id` is empty where it names none. */
export interface StreamFrame {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

const LINE_END = /\r\n|\n|\r(?!$)/;

/** The events of a text that comes in pieces, cut anywhere. Fails where one does not end within its bound. */
export async function* parseFrames(
  chunks: AsyncIterable<string>,
): AsyncGenerator<StreamFrame, void, undefined> {
  let rest = '';
  let lines: string[] = [];
  let characters = 0;
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split(LINE_END);
    rest = parts.pop() ?? '';
    characters += chunk.length;
    for (const line of parts) {
      if (line !== '') {
        lines.push(line);
        continue;
      }
      const frame = frameOf(lines);
      lines = [];
      characters = rest.length;
      if (frame !== undefined) yield frame;
    }
    if (characters > clientLimits.streamFrameCharactersMax) {
      throw apiError({
        status: 0,
        code: 'unreadable_answer',
        detail: 'A message of the stream does not end.',
      });
    }
  }
}

/** Undefined for what holds no data: comments, and the pause that the server suggests. */
function frameOf(lines: readonly string[]): StreamFrame | undefined {
  const data: string[] = [];
  let id = '';
  let event = 'message';
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data') data.push(value);
    else if (name === 'id') id = value;
    else if (name === 'event') event = value;
  }
  return data.length === 0 ? undefined : { id, event, data: data.join('\n') };
}
