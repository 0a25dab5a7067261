import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { LogMessage } from '../../ports/log.ts';
import { unpackMessage } from '../packed/packed-message.ts';
import type { NatsLink } from './connection.ts';
import { isStreamMissing, refused, unavailable } from './failures.ts';
import { findMessage } from './find-message.ts';
import { parseAnswer } from './publish-answer.ts';
import { openStream } from './stream-setup.ts';
import { replacedStream, subjectOf } from './subjects.ts';

export interface ReplacedOptions {
  readonly space: string;
  readonly partition: string;
  readonly replicas: number;
}

/** A message as it is read from here on, and what it takes. */
export interface ReplacedMessage {
  readonly message: LogMessage;
  readonly bytes: number;
}

const FIRST = 'first';

/**
 * What stands in the place of messages that were taken out of a log. JetStream deletes single messages, and changes none;
 * so the replacement is stored in a stream beside the logs, under the number of the message, before the message is
 * deleted, and whoever reads over the gap finds it there. A gap without a replacement is damage, as ever.
 *
 * The stream of a log whose first messages are replaced says that it begins later. So where anything was replaced, the
 * number that the log really begins with is kept as well.
 *
 * The stream is founded with the first replacement. Deployments that never erase anybody have none.
 */
export class ReplacedMessages {
  readonly #link: NatsLink;
  readonly #options: ReplacedOptions;
  readonly #stream: string;
  #founded = false;

  constructor(link: NatsLink, options: ReplacedOptions) {
    this.#link = link;
    this.#options = options;
    this.#stream = replacedStream(options.space);
  }

  /** Fails with `log_unavailable`, or with `log_corrupt` for a replacement that was damaged. */
  async find(seq: number): Promise<ReplacedMessage | undefined> {
    const data = await this.#newest(String(seq));
    if (data === undefined) return undefined;
    const { message, bytes } = unpackMessage(Buffer.from(data), seq);
    return { message, bytes };
  }

  /** Durable when it resolves. What replaced the same message before is deleted. */
  async put(seq: number, packed: Buffer): Promise<void> {
    await this.#found();
    await this.#publish(String(seq), packed);
  }

  /** What the log begins with; undefined where nothing of it was ever replaced. */
  async first(): Promise<number | undefined> {
    const data = await this.#newest(FIRST);
    return data === undefined ? undefined : Number(Buffer.from(data).toString());
  }

  async setFirst(seq: number): Promise<void> {
    await this.#found();
    await this.#publish(FIRST, Buffer.from(String(seq)));
  }

  /** Deletes what replaced messages up to `seq`. */
  async trim(seq: number): Promise<void> {
    for (const [subject] of Object.entries(await this.#subjects())) {
      const n = Number(subject.slice(subject.lastIndexOf('.') + 1));
      if (n <= seq) await this.#asked(this.#link.manager.streams.purge(this.#stream, { filter: subject }));
    }
  }

  async #subjects(): Promise<Readonly<Record<string, number>>> {
    const filter = { subjects_filter: this.#subject('*') };
    try {
      const { state } = await this.#link.orAway(this.#link.manager.streams.info(this.#stream, filter));
      return state.subjects ?? {};
    } catch (error) {
      if (isStreamMissing(error)) return {};
      throw unavailable('replaced messages cannot be listed', error);
    }
  }

  async #found(): Promise<void> {
    if (this.#founded) return;
    await openStream(this.#link, {
      name: this.#stream,
      subject: subjectOf(this.#options.space, 'replaced', '*', '*'),
      maxBytes: -1,
      maxMessages: limits.natsReplacedMax,
      replicas: this.#options.replicas,
      deletable: true,
    });
    this.#founded = true;
  }

  async #publish(word: string, data: Buffer): Promise<void> {
    const subject = this.#subject(word);
    const answer = parseAnswer(await this.#link.request(subject, data));
    if (answer.error !== undefined) throw refused('a replaced message cannot be stored', answer.error);
    if (answer.stream !== this.#stream || answer.seq === undefined) {
      throw unavailable(`subject ${subject} belongs to another stream: ${answer.stream}`);
    }
    // Only the newest counts.
    if (answer.seq > 1) {
      await this.#asked(this.#link.manager.streams.purge(this.#stream, { filter: subject, seq: answer.seq }));
    }
  }

  async #asked(asking: Promise<unknown>): Promise<void> {
    try {
      await this.#link.orAway(asking);
    } catch (error) {
      throw unavailable('replaced messages cannot be deleted', error);
    }
  }

  async #newest(word: string): Promise<Uint8Array | undefined> {
    try {
      const found = await findMessage(this.#link, this.#stream, { last_by_subj: this.#subject(word) });
      return found?.data;
    } catch (error) {
      if (error instanceof TesseraError && isStreamMissing(error.cause)) return undefined;
      throw error;
    }
  }

  #subject(word: string): string {
    return subjectOf(this.#options.space, 'replaced', this.#options.partition, word);
  }
}
