import { setTimeout as delay } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { DefinitionsEntry } from '../model/definitions.ts';
import type { IdentityPolicy } from '../model/identity-policy.ts';
import type { LoyaltyProgram } from '../model/loyalty.ts';
import type { DefinitionsRecord } from '../model/record.ts';
import type { DurationMs } from '../model/time.ts';
import type { Log, MaybePromise } from '../ports/log.ts';
import { encodeRecord } from '../runner/codec.ts';
import { type DefinitionSet, setOf } from './definition-set.ts';
import type { Definitions } from './definitions.ts';

export interface DefinitionWriterOptions {
  readonly definitions: Definitions;
  readonly log: Log;
  /** Sequence of the last message that was applied and committed. */
  readonly appliedSeq: () => MaybePromise<number>;
  /** How long a change may wait until it is in force. */
  readonly waitMs?: DurationMs;
}

/** What a change replaces of the set in force. */
export type Replacement = Partial<DefinitionSet> & {
  readonly identity?: IdentityPolicy;
  /** Null takes it out of force. */
  readonly loyalty?: LoyaltyProgram | null;
};

/**
 * Appends the set in force with a part replaced, waits until it has been applied, and answers what is in force then,
 * before the next change can take its place. One change at a time, of whichever kind; each is planned when its turn has
 * come, on what the one before it left.
 */
export type WriteDefinitions = (
  author: string,
  plan: (inForce: DefinitionsEntry) => Replacement,
) => Promise<DefinitionsEntry>;

export function createDefinitionWriter(options: DefinitionWriterOptions): WriteDefinitions {
  const { definitions, log } = options;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const write: WriteDefinitions = async (author, plan) => {
    const { entry } = definitions;
    const { loyalty } = entry;
    const inForce = {
      ...setOf(entry),
      identity: entry.identity.definition,
      ...(loyalty === undefined ? {} : { loyalty: loyalty.definition }),
    };
    const wanted = { ...inForce, ...plan(entry) };
    if (JSON.stringify(wanted) === JSON.stringify(inForce)) return entry;
    const [position] = await log.append([encodeDefinitions({ kind: 'definitions', author, ...wanted })]);
    await applied(position?.seq ?? 0, options);
    return definitions.entry;
  };
  return async (author, plan) => {
    if (waiting >= limits.definitionChangesWaitingMax) throw new TesseraError('too_many_requests');
    waiting++;
    const mine = last.then(() => write(author, plan));
    // Whoever comes next waits for this one, whether it succeeds or not; its own caller hears of a failure.
    last = mine.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await mine;
    } finally {
      waiting--;
    }
  };
}

/** A record of all definitions, within its bound. */
export function encodeDefinitions(record: DefinitionsRecord): Uint8Array {
  const bytes = encodeRecord(record);
  if (bytes.byteLength <= limits.definitionsBytesMax) return bytes;
  throw new TesseraError(
    'invalid_definition',
    `all definitions together take ${bytes.byteLength} bytes; at most ${limits.definitionsBytesMax} are allowed`,
  );
}

async function applied(
  seq: number,
  { appliedSeq, waitMs = limits.waitAppliedMs }: DefinitionWriterOptions,
): Promise<void> {
  const giveUp = performance.now() + waitMs;
  while ((await appliedSeq()) < seq) {
    if (performance.now() > giveUp) throw new TesseraError('wait_timeout');
    await delay(limits.definitionAppliedPollMs);
  }
}
