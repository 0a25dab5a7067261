import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, type Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { type EngineFlags, readParts } from './engine-call.ts';
import { withEngineOptions } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { readStream, type StreamMessage } from './tail/read-stream.ts';
import { printable } from './text-table.ts';

const HELP = `
Streams:
  events    what becomes of events, with their reasons; a sample where there are many   --status --type --source --store
  triggers  decisions of triggers                                                       --trigger --decision
  profile   what happens to one profile, named by an id or an identifier                PERSON

Prints a line for each until it is interrupted (Ctrl-C). Goes on by itself when the engine comes back; triggers and profiles are
caught up with then. With --json each line is the JSON of the API. Needs the scope read.

Exit codes: 0 done, by --limit; 1 failed, or the engine refused it; 2 wrong usage; 130 interrupted.

Examples:
  tessera tail events --status quarantined,refused
  tessera tail triggers --decision fired --json | jq .profile_id
  tessera tail profile phone:13900001111 --limit 10
`;

const STREAMS = ['events', 'triggers', 'profile'] as const;
type Stream = (typeof STREAMS)[number];

interface TailFlags extends EngineFlags {
  readonly status?: string;
  readonly type?: string;
  readonly source?: string;
  readonly store?: string;
  readonly trigger?: string;
  readonly decision?: string;
  readonly limit?: string;
}

/** Flags that are parameters of a stream. */
const FILTERS: Readonly<Record<Stream, readonly (keyof TailFlags)[]>> = {
  events: ['status', 'type', 'source', 'store'],
  triggers: ['trigger', 'decision'],
  profile: [],
};

/** Adds `tessera tail` to the program. */
export function registerTail(program: Command, context: CliContext): void {
  const command = program
    .command('tail')
    .description('follow what happens, as it happens')
    .addArgument(new Argument('<stream>', 'which').choices(STREAMS))
    .argument('[person]', 'of profile: a profile id, or an identifier written type:value')
    .addHelpText('after', HELP);
  withEngineOptions(command, context)
    .option('--status <statuses>', 'applied, duplicate, quarantined, refused, rejected, divided by commas')
    .option('--type <type>', 'only events of this type')
    .option('--source <source>', 'only events of this source')
    .option('--store <id>', 'only events of this store')
    .option('--trigger <name>', 'only decisions of this trigger')
    .option('--decision <decisions>', 'fired, suppressed, deferred, held_out, revoked, divided by commas')
    .option('--limit <n>', 'end after so many')
    .action((stream: Stream, person: string | undefined, flags: TailFlags) =>
      tail({ stream, person }, context, flags),
    );
}

interface Wanted {
  readonly stream: Stream;
  readonly person: string | undefined;
}

async function tail(wanted: Wanted, context: CliContext, flags: TailFlags): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  try {
    const path = pathOf(wanted, flags);
    let left = limitOf(flags.limit);
    for await (const message of follow(path, context, flags)) {
      if (message.event === 'rates') continue;
      stdout.write(flags.json === true ? `${message.data}\n` : `${lineOf(message)}\n`);
      left -= message.event === 'gap' ? 0 : 1;
      if (left <= 0) return;
    }
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (flags.json === true) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`tail: ${detail} (${code})\n`);
    setExitCode(code === 'invalid_parameter' ? exitCodes.usage : exitCodes.failed);
  }
}

function pathOf({ stream, person }: Wanted, flags: TailFlags): string {
  if ((stream === 'profile') !== (person !== undefined))
    throw new TesseraError(
      'invalid_parameter',
      'profile, and nothing else, takes a person: an id or type:value.',
    );
  if (person !== undefined) return `/v1/stream/profiles/${encodeURIComponent(person)}`;
  const all: readonly (keyof TailFlags)[] = [...FILTERS.events, ...FILTERS.triggers];
  const stray = all.find((name) => flags[name] !== undefined && !FILTERS[stream].includes(name));
  if (stray !== undefined)
    throw new TesseraError('invalid_parameter', `--${stray} does not belong to the stream ${stream}.`);
  const query = new URLSearchParams();
  for (const name of FILTERS[stream]) {
    const value = flags[name];
    if (typeof value === 'string') query.set(name, value);
  }
  return `/v1/stream/${stream}${query.size === 0 ? '' : `?${query}`}`;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TesseraError('invalid_parameter', `--limit takes a positive whole number, not ${text}.`);
}

/** Comes back for more whenever a stream that had begun ends: engines are restarted. */
async function* follow(path: string, context: CliContext, flags: TailFlags): AsyncGenerator<StreamMessage> {
  let last = '';
  for (let begun = false; ; ) {
    const headers = last === '' ? {} : { headers: { 'last-event-id': last } };
    try {
      for await (const message of readStream(
        readParts(context, flags, { method: 'GET', path, ...headers }),
      )) {
        begun = true;
        if (message.id !== '') last = message.id;
        yield message;
      }
      begun = true;
    } catch (error) {
      const isAway = error instanceof TesseraError && error.code === 'engine_unreachable';
      if (!begun || !isAway) throw error;
    }
    context.stderr.write('tail: the engine has closed the stream; looking for it\n');
    await sleep(limits.tailRetryMs);
  }
}

function lineOf({ event, data }: StreamMessage): string {
  if (event === 'gap') return '… something was missed here';
  const told: unknown = JSON.parse(data);
  const words = isJsonObject(told) ? wordsOf(event, told) : [data];
  return printable(words.filter((word) => word !== '').join('  '));
}

function wordsOf(event: string, told: JsonObject): readonly string[] {
  const at = typeof told.at === 'number' ? [new Date(told.at).toISOString()] : [];
  if (event === 'trigger') {
    const { decision, trigger, reason, profile_id, event_id, channel } = told;
    return [...at, ...[decision, trigger, reason, profile_id, event_id, channel].map(textOf)];
  }
  if (event === 'profile') return wordsOfChange(told);
  const { status, code, path, type, channel, source, store, event_id, profile_id } = told;
  return [...at, ...[status, code, path, type, channel, source, store, event_id, profile_id].map(textOf)];
}

/** What one commit did to the profile: its parts by name, each as the API has it. */
function wordsOfChange({ profile_id: id, partition: _, seq: __, ...parts }: JsonObject): readonly string[] {
  return [textOf(id), ...Object.entries(parts).map(([name, value]) => `${name} ${JSON.stringify(value)}`)];
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
