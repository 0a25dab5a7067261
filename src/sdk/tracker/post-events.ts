import { trackerLimits } from './tracker-limits.ts';

export interface Answer {
  /** 0 where there was none. */
  readonly status: number;
  readonly retryAfter: string | null;
}

/** As plain text with the key in the address, so that the browser asks nobody for permission first. */
export async function postEvents(url: string, body: string): Promise<Answer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), trackerLimits.requestMs);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      credentials: 'omit',
      keepalive: new Blob([body]).size <= trackerLimits.keepaliveBytesMax,
      signal: abort.signal,
    });
    // Unread, an answer may keep its connection, of which a browser has six for an address.
    await answer.body?.cancel();
    return { status: answer.status, retryAfter: answer.headers.get('retry-after') };
  } catch {
    return { status: 0, retryAfter: null };
  } finally {
    clearTimeout(timer);
  }
}
