/**
 * Bodies are held in memory until they are complete, and ten thousand connections may each send one of five megabytes:
 * what all of them hold together has a bound of its own. What counts are bytes that have arrived, not those that a header
 * promises, so that nobody takes up room by a promise; and of a body only what it holds beyond a small size, because
 * nearly all are small and need not be counted.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';

export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number = limits.bodiesBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** Of bodies that are not complete, or not answered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a body as it comes; the one that would be too much is answered with `overloaded`, and its connection ends. */
  readonly hook: preParsingHookHandler = (request, reply, payload, done) => {
    const { raw } = request;
    const declared = Number(raw.headers['content-length']);
    // No body at all, or a small one that says so: the library holds it to that.
    if (declared <= limits.bodyUncountedBytes || isBodiless(raw)) return done(null, payload);
    this.#count(request, reply);
    done(null, payload);
  };

  #count({ raw }: FastifyRequest, reply: FastifyReply): void {
    let held = 0;
    let refused = false;
    raw.on('data', (chunk: Uint8Array) => {
      if (refused) return;
      held += chunk.byteLength;
      this.#bytes += chunk.byteLength;
      if (this.#bytes <= this.#bytesMax) return;
      refused = true;
      refuse(raw, reply);
    });
    reply.raw.once('close', () => {
      this.#bytes -= held;
    });
  }
}

function isBodiless({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** Nothing more of it is read, so that its route never sees it; the rest of what the connection holds goes with it. */
function refuse(raw: IncomingMessage, reply: FastifyReply): void {
  raw.pause();
  raw.removeAllListeners('data');
  raw.removeAllListeners('end');
  reply.raw.once('finish', () => raw.destroy());
  reply.header('connection', 'close').send(new TesseraError('overloaded'));
}
