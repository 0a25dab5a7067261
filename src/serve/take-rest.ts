import type { IncomingMessage } from 'node:http';

export interface RestBounds {
  readonly bytesMax: number;
  readonly waitMs: number;
}

/**
 * A body that is refused for its size is still on its way, and closing a connection into which somebody writes
 * resets it: the sender sees a broken pipe instead of the answer, and sends it all again. So the rest is read and
 * thrown away first. Resolves when the body has ended, the sender is gone, or either bound is reached.
 */
export function takeRest(request: IncomingMessage, { bytesMax, waitMs }: RestBounds): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let taken = 0;
    const onData = (chunk: Buffer): void => {
      taken += chunk.byteLength;
      if (taken > bytesMax) finish();
    };
    const finish = (): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', finish).off('close', finish).off('error', finish);
      request.pause();
      resolve();
    };
    const timer = setTimeout(finish, waitMs);
    request.on('data', onData).on('end', finish).on('close', finish).on('error', finish);
    request.resume();
  });
}
