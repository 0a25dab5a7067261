import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine } from './engine-call.ts';
import { runOnEngine, waitForJob, withEngineOptions } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { type KeptFlags, keptFilter, withKeptOptions } from './quarantine-filter.ts';
import { objectsIn, textOf } from './read-answer.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Sends events out of quarantine on their way again, once the schema, the setting or the limit that stood against them is mended: those
with the ids given, or all that wait and match. They keep their ids and the time at which they were first received, so that each
counts once and in its windows. What still fails is counted by its reason and tried again next time, a few times at most.
Needs the scope admin.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage; 3 done, and some events failed again.

Examples:
  tessera replay --code schema_violation --source web --dry-run
  tessera replay --code schema_violation --source web
  tessera replay --all
  tessera replay q-5f1c0a9be7d24c3398a1b2c3
`;

interface ReplayFlags extends KeptFlags {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** Adds `tessera replay` to the program. */
export function registerReplay(program: Command, context: CliContext): void {
  const command = program
    .command('replay')
    .description('send events out of quarantine on their way again')
    .argument('[ids...]', 'ids of kept events')
    .addHelpText('after', HELP);
  withKeptOptions(withEngineOptions(command, context))
    .option('--all', 'all that wait')
    .option('--dry-run', 'say what would be taken now, and store nothing')
    .action((ids: readonly string[], flags: ReplayFlags) => {
      const running = { name: 'replay', context, flags };
      return runOnEngine(running, async (call) => {
        const answer = await replay(call, ids, { context, flags });
        const failed = objectsIn(answer.failed);
        if (failed.length > 0) context.setExitCode(exitCodes.found);
        return { answer, text: describe(answer) };
      });
    });
}

interface Asking {
  readonly context: CliContext;
  readonly flags: ReplayFlags;
}

async function replay(call: CallEngine, ids: readonly string[], asking: Asking): Promise<JsonObject> {
  const { flags } = asking;
  const filter = keptFilter(flags);
  const filtered = Object.keys(filter).length > 0;
  if ([ids.length > 0, filtered, flags.all === true].filter(Boolean).length !== 1)
    throw new TesseraError(
      'invalid_parameter',
      'Say which events: by ids, by options such as --code, or --all.',
    );
  const dry = { dry_run: flags.dryRun === true };
  const path = '/v1/quarantine/replays';
  if (ids.length > 0) {
    const { replayed } = await call({ method: 'POST', path, body: { ids, ...dry } });
    return summaryOf(objectsIn(replayed), dry.dry_run);
  }
  const body = flags.all === true ? { all: true, ...dry } : { filter, ...dry };
  const job = await call({ method: 'POST', path, body });
  return await waitForJob(call, job, { ...asking, name: 'The replay', doing: 'Replaying' });
}

/** What the API answers about a few events, in the words of a job. */
function summaryOf(results: readonly JsonObject[], dryRun: boolean): JsonObject {
  const isIn = ({ status, outcome }: JsonObject): boolean =>
    status === 'accepted' && outcome !== 'quarantined';
  const failed = new Map<string, JsonObject[]>();
  for (const result of results.filter((each) => !isIn(each))) {
    const code = textOf(result.code);
    failed.set(code, [...(failed.get(code) ?? []), result]);
  }
  return {
    dry_run: dryRun,
    events: results.length,
    replayed: results.filter(isIn).length,
    failed: [...failed].map(([code, examples]) => ({ code, count: examples.length, examples })),
  };
}

function describe(report: JsonObject): string {
  const { dry_run: dryRun, events, replayed, outcomes, given_up: givenUp, unknown } = report;
  const verb = dryRun === true ? 'would be taken now' : 'replayed';
  const detail = isJsonObject(outcomes) ? Object.entries(outcomes) : [];
  const said = detail.map(([name, count]) => `${textOf(count)} ${name}`).join(', ');
  const failed = objectsIn(report.failed).flatMap(({ code, count, examples }) =>
    objectsIn(examples).map((example, i) => [
      i === 0 ? textOf(code) : '',
      i === 0 ? textOf(count) : '',
      ...['quarantine_id', 'path', 'message'].map((name) => textOf(example[name])),
    ]),
  );
  return [
    `${textOf(replayed)} of ${textOf(events)} ${verb}${said === '' ? '' : ` (${said})`}\n`,
    failed.length === 0 ? '' : `\n${formatTable(['failed', 'events', 'example', 'path', 'message'], failed)}`,
    Number(givenUp ?? 0) > 0 ? `${textOf(givenUp)} given up: replayed by their ids alone from now on\n` : '',
    Number(unknown ?? 0) > 0 ? `${textOf(unknown)} taken, and not applied in time to be told\n` : '',
  ].join('');
}
