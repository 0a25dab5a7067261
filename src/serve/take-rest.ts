import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface RestBounds {
  readonly bytesMax: number;
  readonly waitMs: number;
}

/**
 * A body that is refused for its size is still on its way, and closing a connection into which somebody writes
 * resets it: the sender sees a broken pipe instead of the answer, and sends it all again. So the rest is read and
 * thrown away first, unless the sender says that there is more than may be: then no more of it is read than has come.
 * Resolves with the bytes that were read when the body has ended, the sender is gone, or either bound is reached.
 */
export function takeRest(request: IncomingMessage, { bytesMax, waitMs }: RestBounds): Promise<number> {
  if (request.complete || request.destroyed) return Promise.resolve(0);
  // Some of it has to be read: a body that nobody has begun the library would read to its end.
  const wanted = Number(request.headers['content-length']) > bytesMax ? 0 : bytesMax;
  return new Promise((resolve) => {
    let taken = 0;
    const onData = (chunk: Buffer): void => {
      taken += chunk.byteLength;
      if (taken > wanted) finish();
    };
    const finish = (): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', finish).off('close', finish).off('error', finish);
      request.pause();
      resolve(taken);
    };
    const timer = setTimeout(finish, waitMs);
    request.on('data', onData).on('end', finish).on('close', finish).on('error', finish);
    request.resume();
  });
}

/**
 * The connection ends some time after its answer has been written, instead of at once: for as long nothing more of it is read
 * and nothing resets it, so that the sender, who is kept from writing on, can read what was answered and go. Whoever only
 * wants to be a burden waits as long before the next attempt.
 */
export function closeLater(socket: Socket, lingerMs: number): void {
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  };
}
