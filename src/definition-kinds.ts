import { setTimeout as delay } from 'node:timers/promises';
import { encodeRecord } from './codec.ts';
import type { Definitions } from './definitions.ts';
import type { DefinitionsPack } from './definitions-pack.ts';
import { TesseraError } from './errors.ts';
import { createPolicyCheck } from './ingest/identity-policy.ts';
import { limits } from './limits.ts';
import type { DefinitionsEntry } from './model/definitions.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import type { JsonObject } from './model/json.ts';
import type { DefinitionsRecord } from './model/record.ts';
import type { DurationMs } from './model/time.ts';
import type { Log } from './ports/log.ts';
import type {
  DefinitionEditor,
  DefinitionKind,
  Definitions as Kinds,
  NamedDefinition,
} from './serve/services.ts';

/**
 * What the API lists and changes of the definitions in force. A change is a record with the complete set, one part of it
 * replaced; so changes wait for each other, and each starts from what the one before it left.
 */
export interface DefinitionKindsOptions {
  readonly definitions: Definitions;
  /** What the directory holds, identifiers blinded: a deleted definition gives way to its own. */
  readonly pack: DefinitionsPack;
  /** Puts blind indexes in place of the identifiers that a policy lists. */
  readonly blind: (policy: IdentityPolicy) => IdentityPolicy;
  readonly log: Log;
  /** Sequence of the last message that was applied and committed. */
  readonly appliedSeq: () => number;
  /** How long a change may wait until it is in force. */
  readonly waitMs?: DurationMs;
}

export function createDefinitionKinds(options: DefinitionKindsOptions): Kinds {
  const { definitions } = options;
  const kinds: ReadonlyMap<string, DefinitionKind> = new Map<string, DefinitionKind>([
    ['features', { list: () => definitions.entry.features.map(({ definition }) => plain(definition)) }],
    ['triggers', { list: () => definitions.entry.triggers.map(({ definition }) => plain(definition)) }],
    ['identity', identityKind(options)],
  ]);
  return { kind: (name) => kinds.get(name) };
}

/** Definitions are JSON: read from YAML or a body, and kept as such in the log. */
function plain(definition: { readonly name: string }): NamedDefinition {
  return definition as NamedDefinition;
}

function identityKind(options: DefinitionKindsOptions): DefinitionKind {
  const { definitions, pack, blind } = options;
  const write = createWriter(options);
  const check = createPolicyCheck();
  const shown = ({ identity }: DefinitionsEntry): NamedDefinition => {
    const { definition, version, author, since } = identity;
    return { ...plain(definition), version, author, since };
  };
  const editor: DefinitionEditor = {
    check: (name, body) => plain(blind(check({ ...onlyPolicy(name), ...body }))),
    original: (name) => plain({ ...pack.identity, ...onlyPolicy(name) }),
    async put(definition, author) {
      // It comes out of `check` or `original`, both of which answer a policy.
      const identity = definition as JsonObject as unknown as IdentityPolicy;
      return shown(await write({ author, identity }));
    },
  };
  return { list: () => [shown(definitions.entry)], editor };
}

function onlyPolicy(name: string): { name: 'default' } {
  if (name !== 'default') {
    throw new TesseraError('not_found', 'There is one identity policy, and its name is default.');
  }
  return { name };
}

type Replacement = Pick<DefinitionsRecord, 'author'> &
  Partial<Pick<DefinitionsRecord, 'features' | 'triggers' | 'identity'>>;

type Write = (replacement: Replacement) => Promise<DefinitionsEntry>;

/**
 * Appends the set in force with a part replaced, waits until it has been applied, and answers what is in force then,
 * before the next change can take its place. One change at a time.
 */
function createWriter(options: DefinitionKindsOptions): Write {
  const { definitions, log } = options;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const write: Write = async (replacement) => {
    const { features, triggers, identity } = definitions.entry;
    const inForce = {
      features: features.map(({ definition }) => definition),
      triggers: triggers.map(({ definition }) => definition),
      identity: identity.definition,
    };
    const { author, ...parts } = replacement;
    const wanted = { ...inForce, ...parts };
    if (JSON.stringify(wanted) === JSON.stringify(inForce)) return definitions.entry;
    const [position] = await log.append([encodeDefinitions({ kind: 'definitions', author, ...wanted })]);
    await applied(position?.seq ?? 0, options);
    return definitions.entry;
  };
  return async (replacement) => {
    if (waiting >= limits.definitionChangesWaitingMax) throw new TesseraError('too_many_requests');
    waiting++;
    const mine = last.then(() => write(replacement));
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
  { appliedSeq, waitMs = limits.waitAppliedMs }: DefinitionKindsOptions,
): Promise<void> {
  const giveUp = performance.now() + waitMs;
  while (appliedSeq() < seq) {
    if (performance.now() > giveUp) throw new TesseraError('wait_timeout');
    await delay(limits.definitionAppliedPollMs);
  }
}
