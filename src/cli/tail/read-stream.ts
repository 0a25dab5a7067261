/** One message of a stream of server-sent events. */
export interface StreamMessage {
  /** Where to come back to; empty where the stream has no such thing. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** The messages of a stream, as the HTML standard divides it; comments, which keep the connection alive, are no messages. */
export async function* readStream(parts: AsyncIterable<Uint8Array>): AsyncGenerator<StreamMessage> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of parts) {
    rest += decoder.decode(part, { stream: true });
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const message = messageOf(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (message !== undefined) yield message;
    }
  }
}

function messageOf(block: string): StreamMessage | undefined {
  const fields = { id: '', event: 'message' };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === 'data') data.push(value);
    else if (name === 'id' || name === 'event') fields[name] = value;
  }
  return data.length === 0 ? undefined : { ...fields, data: data.join('\n') };
}
