import { resolve } from 'node:path';
import { TesseraError } from '../../errors.ts';
import { type GeneratedWorld, generate } from '../../generate/generate.ts';
import type { GeneratedItem } from '../../generate/outbox.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CliContext } from '../context.ts';
import { EngineClient } from '../import/engine-client.ts';
import type { Progress } from '../progress.ts';
import { Sender, type Sent } from './sender.ts';
import { type TextOutput, toFile, toStandardOutput } from './text-output.ts';

export interface GenerateRun {
  readonly shoppers: number;
  readonly seed: number;
  readonly days: number;
  readonly until: EpochMs;
  /** A path, `-` for standard output, undefined: nowhere. */
  readonly out: string | undefined;
  readonly truth: string | undefined;
  readonly send: { readonly url: string; readonly key: string; readonly writeKey: string } | undefined;
  readonly context: CliContext;
  readonly progress: Progress;
}

/** The answer of `--json`. */
export interface GenerateSummary {
  readonly shoppers: number;
  readonly seed: number;
  readonly days: number;
  /** Everything that arrives, repeats included. */
  readonly events: number;
  /** Events that a client sends a second time. */
  readonly repeats: number;
  readonly public_events: number;
  /** Shoppers, and the staff and testers beside them. */
  readonly people: number;
  readonly out: string | null;
  readonly truth: string | null;
  readonly sent: Sent | null;
  readonly seconds: number;
}

/** Characters that are collected before they are written. */
const CHUNK_CHARACTERS = 256 * 1024;

/**
 * Generates the stream into a file, to standard output or into a running engine, and the truth beside it. Fails with
 * `invalid_parameter` or `generate_failed`, or as sending does: `import_failed`, `unauthorized`, `forbidden`.
 */
export async function runGenerate(run: GenerateRun): Promise<GenerateSummary> {
  const startedAt = run.context.clock.now();
  const world = generate(run);
  const targets = await openTargets(run);
  try {
    run.progress.start('Generating');
    const counts = await tell(world, targets, run.progress);
    return {
      shoppers: run.shoppers,
      seed: run.seed,
      days: run.days,
      ...counts,
      out: run.out ?? null,
      truth: run.truth ?? null,
      sent: targets.sender?.sent ?? null,
      seconds: (run.context.clock.now() - startedAt) / 1_000,
    };
  } finally {
    run.progress.stop();
    await targets.sender?.stop();
  }
}

interface Targets {
  readonly out: Lines | undefined;
  readonly truth: Lines | undefined;
  readonly sender: Sender | undefined;
}

async function openTargets({ out, truth, send, context, progress }: GenerateRun): Promise<Targets> {
  if (out !== undefined && truth !== undefined && resolve(out) === resolve(truth))
    throw new TesseraError('invalid_parameter', 'Events and truth cannot go into one file.');
  const onRetry = (reason: string): void => progress.note(`waiting for the engine (${reason})`);
  const client = (url: string, key: string): EngineClient =>
    new EngineClient({ url, key, clock: context.clock, onRetry });
  return {
    sender:
      send && new Sender({ secret: client(send.url, send.key), write: client(send.url, send.writeKey) }),
    out:
      out === undefined
        ? undefined
        : new Lines(out === '-' ? toStandardOutput(context.stdout) : await toFile(out)),
    truth: truth === undefined ? undefined : new Lines(await toFile(truth)),
  };
}

type Counts = Pick<GenerateSummary, 'events' | 'repeats' | 'public_events' | 'people'>;

async function tell(
  world: GeneratedWorld,
  { out, truth, sender }: Targets,
  progress: Progress,
): Promise<Counts> {
  const counts = { events: 0, repeats: 0, public_events: 0, people: 0 };
  for (const item of world.items()) {
    counts.events++;
    if (item.repeat) counts.repeats++;
    if (item.publicKey) counts.public_events++;
    await out?.add(JSON.stringify(item.event));
    if (!item.repeat) await truth?.add(JSON.stringify(truthLine(item)));
    await sender?.send(item);
    progress.update(world.progress(), counts.events);
  }
  await sender?.flush();
  for (const person of world.people()) {
    counts.people++;
    await truth?.add(JSON.stringify(person));
  }
  await out?.finish();
  await truth?.finish();
  return counts;
}

function truthLine({ event, person, publicKey, linkable, hazard, arrivesAt }: GeneratedItem): object {
  return {
    event: event.id,
    person,
    key: publicKey ? 'write' : 'secret',
    linkable,
    ...(hazard === undefined ? {} : { hazard }),
    arrives: new Date(arrivesAt).toISOString(),
  };
}

/** Lines in chunks: a write per line would cost more than making it. */
class Lines {
  readonly #output: TextOutput;
  #text = '';

  constructor(output: TextOutput) {
    this.#output = output;
  }

  async add(line: string): Promise<void> {
    this.#text += `${line}\n`;
    if (this.#text.length >= CHUNK_CHARACTERS) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#output.close();
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#output.write(text);
  }
}
