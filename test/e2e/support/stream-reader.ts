import { TesseraError } from '../../../src/errors.ts';
import type { EngineApi } from './engine-api.ts';

export interface StreamMessage {
  readonly id: string | undefined;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON of messages, and expect() checks it.
  readonly data: any;
}

/** A client of server-sent events that reads as many messages as a test wants. */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  private constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  /** Resolves once the engine has answered, so that whatever happens from then on is on the stream. */
  static async open(api: EngineApi, path: string, lastEventId?: string): Promise<StreamReader> {
    const headers = { 'last-event-id': lastEventId ?? '' };
    const response = await fetch(`${api.address}${path}`, { headers: api.headers({ headers }) });
    if (response.status !== 200 || response.body === null) {
      throw new TesseraError('internal', `the stream answered ${response.status}`);
    }
    return new StreamReader(response.body.getReader());
  }

  /** The next messages; comments and retry hints are skipped. */
  async next(count: number): Promise<readonly StreamMessage[]> {
    const messages: StreamMessage[] = [];
    while (messages.length < count) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) throw new TesseraError('internal', `the stream ended after ${messages.length} messages`);
        this.#text += this.#decoder.decode(value, { stream: true });
        continue;
      }
      const message = parse(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

function parse(frame: string): StreamMessage | undefined {
  const fields = new Map<string, string>();
  for (const line of frame.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id'), event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}
