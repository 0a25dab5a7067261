import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Position } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import { type PendingAppend, type Plan, planMessages } from '../packed/append-queue.ts';
import type { GroupOutcome } from '../packed/group-commit.ts';
import { packMessage, UNCHAINED } from '../packed/packed-message.ts';
import type { NatsLink } from './connection.ts';
import { refused, unavailable } from './failures.ts';
import { parseAnswer } from './publish-answer.ts';

export interface WriterOptions {
  readonly link: NatsLink;
  readonly stream: string;
  readonly subject: string;
  readonly now: () => EpochMs;
  /** Told of each message that the stream has taken, and how many bytes it takes there. */
  readonly stored: (seq: number, bytes: number) => void;
}

/** What the server keeps beside a message and its subject: length, number, time, checksum. */
const FRAME_BYTES = 30;

/**
 * Stores groups of appends in a stream: as few messages as the limits allow, all of a group under way at once and in
 * order. The stream gives out the numbers, so several writers on several nodes need to know nothing of each other.
 */
export class StreamWriter {
  readonly #options: WriterOptions;
  #appendedAt: EpochMs;

  /** `appendedAt` is the time of the last message there: this writer will not step back behind it. */
  constructor(options: WriterOptions, appendedAt: EpochMs) {
    this.#options = options;
    this.#appendedAt = appendedAt;
  }

  /** The largest message that both our limits and the server take. */
  get messageBytesMax(): number {
    return Math.min(limits.messageBytesMax, this.#options.link.payloadBytesMax);
  }

  /** What others appended at: clocks of several nodes differ. */
  saw(appendedAt: EpochMs): void {
    this.#appendedAt = Math.max(this.#appendedAt, appendedAt);
  }

  /** What the stream takes for a message of this size. */
  storedBytes(packed: number): number {
    return packed + this.#options.subject.length + FRAME_BYTES;
  }

  async store(appends: readonly PendingAppend[]): Promise<GroupOutcome> {
    const plan = planMessages(appends, 0, this.messageBytesMax);
    this.saw(this.#options.now());
    const header = {
      seq: UNCHAINED,
      appendedAt: this.#appendedAt,
      offset: UNCHAINED,
      previousDigest: UNCHAINED,
    };
    const publishing = plan.messages.map(({ records }) => this.#publish(packMessage(header, records).packed));
    return settle(plan, await Promise.all(publishing));
  }

  /** The message's number, or why it may not be there. */
  async #publish(packed: Buffer): Promise<number | Error> {
    const { link, stream, subject, stored } = this.#options;
    try {
      const answer = parseAnswer(await link.request(subject, packed));
      if (answer.error !== undefined) return refused(`stream ${stream} refuses a message`, answer.error);
      if (answer.stream !== stream || answer.seq === undefined) {
        return unavailable(`subject ${subject} belongs to another stream: ${answer.stream}`);
      }
      stored(answer.seq, this.storedBytes(packed.byteLength));
      return answer.seq;
    } catch (error) {
      return unavailable(`stream ${stream} does not answer`, error);
    }
  }
}

/** An append has failed when one of its messages has: the others of it may be in the log, as the port says. */
function settle(plan: Plan, answers: readonly (number | Error)[]): GroupOutcome {
  return plan.positions.map((planned) => {
    const positions: Position[] = [];
    for (const { seq, index } of planned) {
      const stored = answers[seq];
      if (typeof stored !== 'number') return stored ?? new TesseraError('log_unavailable');
      positions.push({ seq: stored, index });
    }
    return positions;
  });
}
