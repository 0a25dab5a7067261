import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { runOnEngine, type Shown, withEngineOptions } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress } from './progress.ts';
import { objectsIn, textOf } from './read-answer.ts';
import { batchesIn, type EventBatch } from './send/batches-in.ts';
import { formatTable } from './text-table.ts';

const HELP = `
FILE holds an event, an array of events, {"events": [...]} or NDJSON, as POST /v1/events takes them; without FILE, or as -, it is
read from standard input. NDJSON of any length goes out in batches. Rows of other files become events with tessera import.
A key with the scope ingest is enough, a write key too.

Exit codes: 0 everything was accepted; 1 failed, or the engine refused it; 2 wrong usage; 3 some events were rejected (each is named).

Examples:
  tessera send event.json --wait
  tessera send events.ndjson --key "$TESSERA_WRITE_KEY"
  echo '{"type":"product_viewed","identifiers":{"anonymous_id":"a-1"},"properties":{"item_id":"spu-1"}}' | tessera send --dry-run
`;

interface SendFlags extends EngineFlags {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

/** Adds `tessera send` to the program. */
export function registerSend(program: Command, context: CliContext): void {
  const command = program
    .command('send')
    .description('send events to a running engine')
    .argument('[file]', 'file with events; - or none: standard input')
    .addHelpText('after', HELP);
  withEngineOptions(command, context)
    .option('--wait', 'wait until they are applied, and say what became of each')
    .option('--dry-run', 'say what would become of them, and store nothing')
    .action((file: string | undefined, flags: SendFlags) => {
      const exitOf = (code: string): number =>
        code === 'invalid_parameter' || code === 'unreadable_body' ? exitCodes.usage : exitCodes.failed;
      return runOnEngine({ name: 'send', context, flags, exitOf }, (call) =>
        send(call, file ?? '-', { context, flags }),
      );
    });
}

interface Sending {
  readonly context: CliContext;
  readonly flags: SendFlags;
}

async function send(call: CallEngine, file: string, { context, flags }: Sending): Promise<Shown> {
  if (flags.wait === true && flags.dryRun === true)
    throw new TesseraError('invalid_parameter', '--wait and --dry-run exclude each other.');
  const content = await contentOf(file);
  const batches = batchesIn(content);
  const { stderr, isTty, clock } = context;
  const progress = createProgress({ stderr, isTty, clock, quiet: true });
  progress.start('Sending');
  const sent: Sent = { accepted: 0, rejected: [], results: [], lines: 0 };
  try {
    for (const [n, batch] of batches.entries()) {
      add(sent, await sendOne(call, batch, { flags, accepted: sent.accepted }), batch);
      progress.update((n + 1) / batches.length, sent.accepted);
    }
  } finally {
    progress.stop();
  }
  if (sent.rejected.length > 0) context.setExitCode(exitCodes.found);
  return { answer: answerOf(sent, flags), text: describe(sent, flags) };
}

async function contentOf(file: string): Promise<string> {
  try {
    return file === '-' ? await readText(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new TesseraError('invalid_parameter', `${file} cannot be read.`, { cause });
  }
}

async function sendOne(
  call: CallEngine,
  { type, content }: EventBatch,
  { flags, accepted }: { readonly flags: SendFlags; readonly accepted: number },
): Promise<JsonObject> {
  const query = flags.wait === true ? '?wait=applied' : flags.dryRun === true ? '?dry_run=1' : '';
  try {
    return await call({ method: 'POST', path: `/v1/events${query}`, text: { type, content } });
  } catch (error) {
    if (accepted === 0 || !(error instanceof TesseraError)) throw error;
    // Events with ids can be sent again whole: what was accepted is recognized.
    throw new TesseraError(error.code, `${error.message} ${accepted} events had been accepted before.`, {
      cause: error,
    });
  }
}

interface Sent {
  accepted: number;
  /** Lines, or events of a document, that are behind us. */
  lines: number;
  readonly rejected: JsonObject[];
  readonly results: JsonObject[];
}

function add(sent: Sent, answer: JsonObject, { events }: EventBatch): void {
  const rejected = objectsIn(answer.rejected);
  const results = objectsIn(answer.results);
  sent.accepted += typeof answer.accepted === 'number' ? answer.accepted : results.length;
  sent.rejected.push(...rejected.map((each) => ({ ...each, index: Number(each.index) + sent.lines })));
  sent.results.push(...results);
  sent.lines += events;
}

function answerOf({ accepted, rejected, results }: Sent, { wait, dryRun }: SendFlags): JsonObject {
  return wait === true || dryRun === true ? { results, rejected } : { accepted, rejected };
}

function describe({ accepted, rejected, results }: Sent, { dryRun }: SendFlags): string {
  const verb = dryRun === true ? 'would be accepted' : 'accepted';
  const outcomes = results
    .slice(0, limits.shownResultsMax)
    .map(({ id, status, code, profile_id, triggers }) => [
      textOf(id),
      code === undefined ? textOf(status) : `${textOf(status)} (${textOf(code)})`,
      textOf(profile_id),
      objectsIn(triggers)
        .map(({ trigger, decision }) => `${textOf(trigger)} ${textOf(decision)}`)
        .join(', '),
    ]);
  const refused = rejected
    .slice(0, limits.shownResultsMax)
    .map(({ index, id, code, path, message }) => [index, id, code, path, message].map(textOf));
  return [
    `${accepted} ${verb}, ${rejected.length} rejected\n`,
    outcomes.length === 0 ? '' : `\n${formatTable(['event', 'status', 'profile', 'triggers'], outcomes)}`,
    refused.length === 0 ? '' : `\n${formatTable(['index', 'event', 'code', 'path', 'message'], refused)}`,
  ].join('');
}
