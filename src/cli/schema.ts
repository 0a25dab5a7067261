import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine, type Shown, waitForJob } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { readDefinition } from './read-definition.ts';
import { formatTable } from './text-table.ts';

const HELP = `
What the properties of events have to look like: the shipped schemas of the taxonomy, and definitions of your own beside them
(docs/schemas.md). FILE holds one definition, YAML or JSON, with its name; a name without a dot or a slash is that of a
definition in force. Listing needs the scope read, everything else the scope define.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage; of check also 3: stored events would be refused.

Examples:
  tessera schema list
  tessera schema show fitting_guide_opened
  tessera schema check fitting_guide.yaml --days 90
  tessera schema put fitting_guide.yaml
  tessera schema delete fitting_guide_opened
`;

interface CheckFlags extends EngineFlags {
  readonly days?: string;
}

interface PutFlags extends EngineFlags {
  readonly dryRun?: boolean;
}

/** Adds `tessera schema` to the program. */
export function registerSchema(program: Command, context: CliContext): void {
  const group = program
    .command('schema')
    .description('what events have to look like')
    .addHelpText('afterAll', HELP);
  const command = engineCommands(group, context);
  command('list', 'all event types that a schema knows').action((flags: EngineFlags) =>
    run(context, flags, async (call) => {
      const answer = await call({ method: 'GET', path: '/v1/schemas' });
      return { answer, text: describeList(answer) };
    }),
  );
  command('show', 'one event type with its schemas')
    .argument('<event>')
    .action((event: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const answer = await call({ method: 'GET', path: `/v1/schemas/${encodeURIComponent(event)}` });
        return { answer, text: `${JSON.stringify(answer, null, 2)}\n` };
      }),
    );
  command('put', 'put a definition in force')
    .argument('<file>', 'the definition, YAML or JSON')
    .option('--dry-run', 'say what it would change, and change nothing')
    .action((file: string, flags: PutFlags) => run(context, flags, (call) => put(file, call, flags)));
  command('delete', 'take a definition back')
    .argument('<event>')
    .action((event: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const answer = await call({ method: 'DELETE', path: pathOf(event) });
        const text = answer.removed === true ? 'removed' : 'as the directory has it';
        return { answer, text: `${event}: ${text}\n` };
      }),
    );
  command('check', 'which stored events a schema would refuse')
    .argument('<file>', 'a file with the definition, or the name of one in force')
    .option('--days <n>', `events received within so many days (default ${limits.schemaCheckDays})`)
    .action((file: string, flags: CheckFlags) =>
      run(context, flags, (call) => check(file, call, { context, flags })),
    );
}

function run(
  context: CliContext,
  flags: EngineFlags,
  work: (call: CallEngine) => Promise<Shown>,
): Promise<void> {
  return runOnEngine({ name: 'schema', context, flags }, work);
}

function pathOf(event: string): string {
  return `/v1/definitions/schemas/${encodeURIComponent(event)}`;
}

async function readSchema(file: string): Promise<{ readonly name: string; readonly definition: JsonObject }> {
  const definition = await readDefinition(file);
  if (typeof definition.name === 'string') return { name: definition.name, definition };
  throw new TesseraError('invalid_definition', `${file} does not say in name which event type it is about.`);
}

async function put(file: string, call: CallEngine, { dryRun }: PutFlags): Promise<Shown> {
  const { name, definition } = await readSchema(file);
  const query = dryRun === true ? '?dry_run=1' : '';
  const answer = await call({ method: 'PUT', path: `${pathOf(name)}${query}`, body: definition });
  const warnings = linesOf(answer.warnings, (warning) => `  ${String(warning)}`);
  const head =
    dryRun === true ? `${name}: nothing was changed` : `${name}: version ${String(answer.version)}`;
  return { answer, text: `${head}\n${warnings}` };
}

async function check(
  file: string,
  call: CallEngine,
  { context, flags }: { readonly context: CliContext; readonly flags: CheckFlags },
): Promise<Shown> {
  const draft = /[./\\]/.test(file) ? await readSchema(file) : { name: file, definition: undefined };
  const { name, definition } = draft;
  const created = await call({
    method: 'POST',
    path: `/v1/schemas/${encodeURIComponent(name)}/checks`,
    body: {
      ...(flags.days === undefined ? {} : { days: Number(flags.days) }),
      ...(definition === undefined ? {} : { definition }),
    },
  });
  const doing = { context, flags, name: 'The check', doing: 'Reading events' };
  const answer = await waitForJob(call, created, doing);
  if (Number(answer.refused) > 0) context.setExitCode(exitCodes.found);
  return { answer, text: describeCheck(answer) };
}

function describeList({ types }: JsonObject): string {
  const rows = Array.isArray(types) ? types.filter(isJsonObject) : [];
  return formatTable(
    ['event', 'shipped', 'defined', 'title'],
    rows.map(({ event, shipped, defined, title }) => [
      String(event),
      versionIn(shipped),
      versionIn(defined),
      String(title),
    ]),
  );
}

/** The version that a label ends with. */
function versionIn(label: JsonValue | undefined): string {
  return typeof label === 'string' ? (label.split('@')[1] ?? '') : '-';
}

function describeCheck(answer: JsonObject): string {
  const { schema_version: version, compatibility, changes, events, refused, faults, skipped } = answer;
  const otherwise = Number(answer.refused_otherwise);
  const rows = (Array.isArray(faults) ? faults : []).filter(isJsonObject);
  const table = formatTable(
    ['events', 'code', 'path', 'what', 'such as'],
    rows.map(({ events: count, code, path, message, examples }) => [
      String(count),
      String(code),
      String(path),
      String(message),
      (Array.isArray(examples) ? examples : [])
        .filter(isJsonObject)
        .slice(0, 2)
        .map(({ id }) => String(id))
        .join(' '),
    ]),
  );
  return [
    `${String(version)}: ${String(refused)} of ${String(events)} events would be refused\n`,
    `from the schemas alone: ${String(compatibility)}\n`,
    linesOf(changes, (change) =>
      isJsonObject(change)
        ? `  ${String(change.effect)}: ${String(change.path)} ${String(change.text)}`
        : String(change),
    ),
    rows.length === 0 ? '' : `\n${table}`,
    otherwise > 0 ? `and ${otherwise} for other reasons\n` : '',
    linesOf(skipped, (field) =>
      isJsonObject(field)
        ? `not looked at: ${String(field.path)}, ${String(field.values)} times ${String(field.why)}`
        : String(field),
    ),
  ].join('');
}

function linesOf(values: JsonValue | undefined, line: (value: JsonValue) => string): string {
  return Array.isArray(values) ? values.map((value: JsonValue) => `${line(value)}\n`).join('') : '';
}
