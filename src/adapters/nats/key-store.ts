import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { KeyStore } from '../../ports/keys.ts';
import type { NatsLink } from './connection.ts';
import { isWrongSequence, refused, unavailable } from './failures.ts';
import { findMessage } from './find-message.ts';
import { parseAnswer } from './publish-answer.ts';
import { openStream } from './stream-setup.ts';
import { keysStream, subjectOf, subjectWord } from './subjects.ts';

export interface NatsKeyStoreOptions {
  readonly space: string;
  /** Default `limits.natsKeysMax`. */
  readonly keysMax?: number;
  readonly replicas?: number;
}

/**
 * Wrapped data keys in a stream of JetStream: one subject per facet, and one message of each. The server compares and
 * stores in one step ("nothing on this subject yet"), so of several nodes that offer a key one is taken, and it is as
 * durable as the log before anyone is told. Deleting purges the subject: no marker, and nothing of the key stays.
 *
 * The bound is a number of keys, because that is the one that every version keeps: near its bound of bytes 2.9 takes a
 * small message that does not fit, and drops the oldest ones for it, which would destroy what they seal.
 *
 * Reads ask the leader. A copy could answer sooner, but might not have heard of a key that was just made.
 */
export async function openNatsKeyStore(link: NatsLink, options: NatsKeyStoreOptions): Promise<KeyStore> {
  const { space, keysMax = limits.natsKeysMax, replicas = 1 } = options;
  const stream = keysStream(space);
  const subject = subjectOf(space, 'keys', '*');
  const bounds = { maxBytes: -1, maxMessages: keysMax };
  await openStream(link, { name: stream, subject, ...bounds, replicas, deletable: true });
  return new NatsKeyStore(link, stream, space);
}

class NatsKeyStore implements KeyStore {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #space: string;
  readonly #ifAbsent: MsgHdrs = headers();

  constructor(link: NatsLink, stream: string, space: string) {
    this.#link = link;
    this.#stream = stream;
    this.#space = space;
    this.#ifAbsent.set('Nats-Expected-Last-Subject-Sequence', '0');
  }

  async get(facet: string): Promise<Uint8Array | undefined> {
    const found = await findMessage(this.#link, this.#stream, { last_by_subj: this.#subject(facet) });
    return found?.data;
  }

  async putIfAbsent(facet: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const bytes = new Uint8Array(wrapped);
    for (let tries = 0; tries < limits.natsKeyTriesMax; tries += 1) {
      if (await this.#put(facet, bytes)) return bytes;
      const present = await this.get(facet);
      // It was there and is gone already: somebody deleted it in between.
      if (present !== undefined) return present;
    }
    throw new TesseraError('log_unavailable', 'a data key is made and deleted at the same time');
  }

  async delete(facet: string): Promise<void> {
    if (!this.#link.connected) throw unavailable('NATS is away');
    try {
      const filter = this.#subject(facet);
      await this.#link.orAway(this.#link.manager.streams.purge(this.#stream, { filter }));
    } catch (error) {
      throw unavailable('a data key cannot be deleted', error);
    }
  }

  /** False when the facet has a key. */
  async #put(facet: string, bytes: Uint8Array): Promise<boolean> {
    const answer = parseAnswer(await this.#link.request(this.#subject(facet), bytes, this.#ifAbsent));
    if (answer.error !== undefined) {
      if (isWrongSequence(answer.error)) return false;
      throw refused('a data key cannot be stored', answer.error);
    }
    if (answer.stream === this.#stream) return true;
    throw unavailable(`the subject of data keys belongs to another stream: ${answer.stream}`);
  }

  #subject(facet: string): string {
    return subjectOf(this.#space, 'keys', subjectWord(facet));
  }
}
