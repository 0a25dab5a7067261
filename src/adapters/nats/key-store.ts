import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { KeyPage, KeyStore, StoredKey } from '../../ports/keys.ts';
import type { NatsLink } from './connection.ts';
import { isWrongSequence, refused, unavailable } from './failures.ts';
import { deleteMessage, findMessage } from './find-message.ts';
import { parseAnswer } from './publish-answer.ts';
import { openStream, type StreamSetup } from './stream-setup.ts';
import { keysStream, subjectOf, subjectWord, textOfWord } from './subjects.ts';

export interface NatsKeyStoreOptions {
  readonly space: string;
  /** Default `limits.natsKeysMax`. */
  readonly keysMax?: number;
  readonly replicas?: number;
}

/**
 * Wrapped data keys in a stream of JetStream: one subject per facet, whose newest message it is. The server compares and
 * stores in one step ("nothing on this subject yet"), so of several nodes that offer a key one is taken, and it is as
 * durable as the log before anyone is told. Deleting has its bytes overwritten: no marker, and nothing of the key stays.
 *
 * The bound is a number of keys, because that is the one that every version keeps: near its bound of bytes 2.9 takes a
 * small message that does not fit, and drops the oldest ones for it, which would destroy what they seal.
 *
 * Reads ask the leader. A copy could answer sooner, but might not have heard of a key that was just made.
 */
export async function openNatsKeyStore(link: NatsLink, options: NatsKeyStoreOptions): Promise<KeyStore> {
  const setup = keysSetup(options);
  await openStream(link, setup);
  return new NatsKeyStore(link, setup.name, options.space);
}

/** The stream that the keys are in. */
export function keysSetup({
  space,
  keysMax = limits.natsKeysMax,
  replicas = 1,
}: NatsKeyStoreOptions): StreamSetup {
  return {
    name: keysStream(space),
    subject: subjectOf(space, 'keys', '*'),
    maxBytes: -1,
    maxMessages: keysMax,
    replicas,
    deletable: true,
  };
}

/** One key of a store that is there; founds nothing. */
export async function readNatsKey(
  link: NatsLink,
  space: string,
  facet: string,
): Promise<Uint8Array | undefined> {
  const subject = subjectOf(space, 'keys', subjectWord(facet));
  return (await findMessage(link, keysStream(space), { last_by_subj: subject }))?.data;
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
      if (await this.#put(facet, bytes, this.#ifAbsent)) return bytes;
      const present = await this.get(facet);
      // It was there and is gone already: somebody deleted it in between.
      if (present !== undefined) return present;
    }
    throw new TesseraError('log_unavailable', 'a data key is made and deleted at the same time');
  }

  async replace(facet: string, expected: Uint8Array, wrapped: Uint8Array): Promise<boolean> {
    const found = await findMessage(this.#link, this.#stream, { last_by_subj: this.#subject(facet) });
    if (found === undefined || !Buffer.from(found.data).equals(expected)) return false;
    const onlyThen = headers();
    onlyThen.set('Nats-Expected-Last-Subject-Sequence', String(found.seq));
    if (!(await this.#put(facet, new Uint8Array(wrapped), onlyThen))) return false;
    await deleteMessage(this.#link, this.#stream, found.seq);
    return true;
  }

  async scan(cursor: string, max: number): Promise<KeyPage> {
    const found: StoredKey[] = [];
    const query = { seq: cursor === '' ? 1 : Number(cursor), next_by_subj: this.#subject('*') };
    while (found.length < max) {
      const message = await findMessage(this.#link, this.#stream, query);
      if (message === undefined) return { keys: found };
      found.push({ name: textOfWord(message.subject.split('.').at(-1) ?? ''), wrapped: message.data });
      query.seq = message.seq + 1;
    }
    return { keys: found, next: String(query.seq) };
  }

  /** Also what a replacement that was cut short has left under it. */
  async delete(facet: string): Promise<void> {
    const query = { last_by_subj: this.#subject(facet) };
    for (;;) {
      const found = await findMessage(this.#link, this.#stream, query);
      if (found === undefined) return;
      await deleteMessage(this.#link, this.#stream, found.seq);
    }
  }

  /** False when something else is there than the condition says. */
  async #put(facet: string, bytes: Uint8Array, condition: MsgHdrs): Promise<boolean> {
    const answer = parseAnswer(await this.#link.request(this.#subject(facet), bytes, condition));
    if (answer.error !== undefined) {
      if (isWrongSequence(answer.error)) return false;
      throw refused('a data key cannot be stored', answer.error);
    }
    if (answer.stream === this.#stream) return true;
    throw unavailable(`the subject of data keys belongs to another stream: ${answer.stream}`);
  }

  #subject(facet: string): string {
    return subjectOf(this.#space, 'keys', facet === '*' ? facet : subjectWord(facet));
  }
}
