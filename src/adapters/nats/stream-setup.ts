import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { NatsLink } from './connection.ts';
import { isStreamMissing, unavailable } from './failures.ts';

/** A stream as it must be. What is not listed is of no consequence for what it keeps. */
export interface StreamSetup {
  readonly name: string;
  readonly subject: string;
  /** Both -1 where nothing bounds them. */
  readonly maxBytes: number;
  readonly maxMessages: number;
  readonly replicas: number;
  /** Single messages must be deletable, or must not be. Where nothing is said, they are in what is founded now, and need not be elsewhere. */
  readonly deletable?: boolean;
}

/**
 * Opens the stream, or founds it, and reads back what the server made of it: older servers drop settings that they
 * do not know without a word, and somebody else may have founded or changed the stream. Fails with
 * `log_misconfigured`, naming what differs, or with `log_unavailable`.
 */
export async function openStream(link: NatsLink, setup: StreamSetup): Promise<StreamInfo> {
  try {
    const found = (await findStream(link, setup.name)) ?? (await link.manager.streams.add(wanted(setup)));
    const info = await adjust(link, setup, found);
    const differences = differencesOf(setup, info.config);
    if (differences.length > 0) throw misconfigured(setup.name, differences);
    return info;
  } catch (error) {
    throw unavailable(`stream ${setup.name} cannot be opened`, error);
  }
}

export function misconfigured(name: string, differences: readonly string[]): TesseraError {
  return new TesseraError('log_misconfigured', `stream ${name}: ${differences.join('; ')}`);
}

/** What the stream's settings have that would lose messages, or keep them elsewhere than we look. */
export function differencesOf(setup: StreamSetup, config: StreamConfig): readonly string[] {
  const found: readonly (readonly [string, unknown, unknown])[] = [
    ['subjects', config.subjects?.join(), setup.subject],
    ['storage', config.storage, StorageType.File],
    ['retention', config.retention, RetentionPolicy.Limits],
    ['discard', config.discard, DiscardPolicy.New],
    ['max_bytes', config.max_bytes, setup.maxBytes],
    ['max_msgs', config.max_msgs, setup.maxMessages],
    // With a bound per subject 2.9 forgets that it should refuse what is new, and drops the oldest when it is full.
    ['max_msgs_per_subject', config.max_msgs_per_subject, -1],
    ['max_age', config.max_age, 0],
    ['max_msg_size', config.max_msg_size, -1],
    ['deny_delete', setup.deletable !== undefined && config.deny_delete === true, setup.deletable === false],
    ['deny_purge', config.deny_purge ?? false, false],
    ['sealed', config.sealed ?? false, false],
    ['no_ack', config.no_ack ?? false, false],
    ['mirror', config.mirror?.name ?? '', ''],
    ['sources', config.sources?.length ?? 0, 0],
    ['subject_transform', config.subject_transform?.dest ?? '', ''],
    // Of newer servers: messages that vanish by themselves, or acknowledgements before anything was written.
    ['allow_msg_ttl', config.allow_msg_ttl ?? false, false],
    ['persist_mode', config.persist_mode === 'async', false],
    ['num_replicas', config.num_replicas >= setup.replicas, true],
  ];
  return found
    .filter(([, is, must]) => is !== must)
    .map(([name, is, must]) => `${name} is ${is}, not ${must}`);
}

async function findStream(link: NatsLink, name: string): Promise<StreamInfo | undefined> {
  try {
    return await link.manager.streams.info(name);
  } catch (error) {
    if (isStreamMissing(error)) return undefined;
    throw error;
  }
}

/** What may change during a stream's life: its size, and more copies of it. Fewer copies nobody wants by accident. */
async function adjust(link: NatsLink, setup: StreamSetup, found: StreamInfo): Promise<StreamInfo> {
  const { config, state } = found;
  const max_bytes = safeSize(setup, config.max_bytes, state.bytes);
  const num_replicas = Math.max(setup.replicas, config.num_replicas);
  if (max_bytes === config.max_bytes && num_replicas === config.num_replicas) return found;
  return await link.manager.streams.update(setup.name, { ...config, max_bytes, num_replicas });
}

/** A server that is told to keep less deletes the oldest messages at once, whatever `discard` says. */
function safeSize({ name, maxBytes }: StreamSetup, now: number, used: number): number {
  if (maxBytes >= now || used === 0 || maxBytes >= used + limits.appendQueueBytesMax) return maxBytes;
  throw misconfigured(name, [`it holds ${used} bytes and cannot be made as small as ${maxBytes}`]);
}

function wanted(setup: StreamSetup): Partial<StreamConfig> & { readonly name: string } {
  return {
    name: setup.name,
    subjects: [setup.subject],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_bytes: setup.maxBytes,
    max_msgs: setup.maxMessages,
    num_replicas: setup.replicas,
    deny_delete: setup.deletable === false,
  };
}
