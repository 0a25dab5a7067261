import { Argument, type Command } from 'commander';
import { TesseraError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { applyDirectory, compareDirectory, type Planned } from './definitions/apply-directory.ts';
import { DEFINITION_KINDS, type DirectoryDefinition, pathOfDefinition } from './definitions/kinds.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine, type Shown } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress } from './progress.ts';
import { objectsIn, textOf } from './read-answer.ts';
import { readDefinition } from './read-definition.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Features, triggers, segments and everything else that the engine does by your definition. FILE holds one definition, YAML or JSON, with
its name. DIRECTORY is laid out as deploy/retail is: features/*.yaml, triggers/*.yaml, …, identity.yaml. validate works without an
engine and checks all of it together, as a start does. diff and apply compare it with what is in force in the running engine; apply
puts in force what differs, in the order in which one needs the other, and with --prune takes away what the directory
does not have (webhooks and models, which no directory has, stay). Listing needs the scope read, everything else the scope define.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage, or a definition is not valid; of diff also 3: there are differences.

Examples:
  tessera definitions list features
  tessera definitions show triggers abandoned_cart
  tessera definitions put triggers abandoned_cart.yaml --dry-run
  tessera definitions versions triggers abandoned_cart
  tessera definitions validate ./my-shop
  tessera definitions diff ./my-shop
  tessera definitions apply ./my-shop --prune
`;

/** All definitions of a directory, checked together as an engine does at its start; fails with `invalid_definition`. */
export type ReadDirectory = (directory: string) => Promise<readonly DirectoryDefinition[]>;

interface PutFlags extends EngineFlags {
  readonly dryRun?: boolean;
  readonly keep?: boolean;
}

interface ApplyFlags extends EngineFlags {
  readonly prune?: boolean;
}

/** Adds `tessera definitions …` to the program. */
export function registerDefinitions(program: Command, context: CliContext, read: ReadDirectory): void {
  const group = program
    .command('definitions')
    .description('what the engine does by your definition: list, change, compare with a directory')
    .addHelpText('afterAll', HELP);
  const command = engineCommands(group, context);
  registerReading(command, context);
  registerChanging(command, context);
  registerValidate(group, context, read);
  registerDirectory(command, context, read);
}

type AddCommand = ReturnType<typeof engineCommands>;

function kindArgument(): Argument {
  return new Argument('<kind>', 'which').choices(DEFINITION_KINDS);
}

function registerReading(command: AddCommand, context: CliContext): void {
  command('list', 'the definitions in force')
    .addArgument(new Argument('[kind]', 'which (default all)').choices(DEFINITION_KINDS))
    .action((kind: string | undefined, flags: EngineFlags) =>
      run(context, flags, (call) => list(call, kind === undefined ? DEFINITION_KINDS : [kind])),
    );
  command('show', 'one definition as it was written')
    .addArgument(kindArgument())
    .argument('<name>', 'its name; default for kinds of which there is one')
    .action((kind: string, name: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const answer = await call({ method: 'GET', path: pathOfDefinition(kind, name) });
        return { answer, text: `${JSON.stringify(answer, null, 2)}\n` };
      }),
    );
  command('versions', 'what a definition was, and who changed it when')
    .addArgument(kindArgument())
    .argument('<name>')
    .action((kind: string, name: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const answer = await call({ method: 'GET', path: `${pathOfDefinition(kind, name)}/versions` });
        return { answer, text: describeVersions(answer) };
      }),
    );
}

function registerChanging(command: AddCommand, context: CliContext): void {
  command('put', 'put a definition in force')
    .addArgument(kindArgument())
    .argument('<file>', 'the definition, YAML or JSON')
    .option('--dry-run', 'say what it would change, and change nothing')
    .option('--keep', 'of features: keep what it replaces readable as name@number')
    .action((kind: string, file: string, flags: PutFlags) =>
      run(context, flags, (call) => put(call, { kind, file }, flags)),
    );
  command('delete', 'take a definition back; one of the directory of the engine is as that has it')
    .addArgument(kindArgument())
    .argument('<name>')
    .action((kind: string, name: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const answer = await call({ method: 'DELETE', path: pathOfDefinition(kind, name) });
        const text = answer.removed === true ? 'removed' : 'as the directory has it';
        return { answer, text: `${name}: ${text}\n` };
      }),
    );
  for (const turn of ['enable', 'disable'] as const)
    command(turn, `switch a trigger ${turn === 'enable' ? 'on again' : 'off, and keep it'}`)
      .argument('<trigger>')
      .action((name: string, flags: EngineFlags) =>
        run(context, flags, async (call) => {
          const path = `${pathOfDefinition('triggers', name)}/${turn}`;
          const answer = await call({ method: 'POST', path, body: {} });
          return { answer, text: `${name}: ${turn}d\n` };
        }),
      );
}

function registerValidate(group: Command, context: CliContext, read: ReadDirectory): void {
  group
    .command('validate')
    .description('check a directory as a whole, without an engine')
    .argument('<directory>', 'laid out as deploy/retail is')
    .option('--json', 'print the answer as JSON')
    .action((directory: string, flags: EngineFlags) =>
      run(context, flags, async () => {
        const found = await read(directory);
        const counts: Record<string, number> = {};
        for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1;
        const said = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
        const answer = { valid: true, definitions: found.length, kinds: counts };
        return { answer, text: `valid: ${said.length === 0 ? 'nothing is defined' : said.join(', ')}\n` };
      }),
    );
}

function registerDirectory(command: AddCommand, context: CliContext, read: ReadDirectory): void {
  command('diff', 'what a directory would change')
    .argument('<directory>', 'laid out as deploy/retail is')
    .action((directory: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const planned = await compareDirectory(call, await read(directory));
        if (planned.length > 0) context.setExitCode(exitCodes.found);
        return { answer: { differences: planned.map(answerOf) }, text: describePlanned(planned) };
      }),
    );
  command('apply', 'put in force what a directory has')
    .argument('<directory>', 'laid out as deploy/retail is')
    .option('--prune', 'and take away what it does not have')
    .action((directory: string, flags: ApplyFlags) =>
      run(context, flags, async (call) => {
        const { stderr, isTty, clock } = context;
        const progress = createProgress({ stderr, isTty, clock, quiet: true });
        progress.start('Applying');
        try {
          const given = { definitions: await read(directory), prune: flags.prune === true, progress };
          const done = await applyDirectory(call, given);
          return { answer: { applied: done.map(answerOf) }, text: describePlanned(done) };
        } finally {
          progress.stop();
        }
      }),
    );
}

function run(
  context: CliContext,
  flags: EngineFlags,
  work: (call: CallEngine) => Promise<Shown>,
): Promise<void> {
  const exitOf = (code: string): number =>
    code === 'invalid_definition' ? exitCodes.usage : exitCodes.failed;
  return runOnEngine({ name: 'definitions', context, flags, exitOf }, work);
}

async function list(call: CallEngine, kinds: readonly string[]): Promise<Shown> {
  const answer: Record<string, JsonValue> = {};
  const rows: string[][] = [];
  for (const kind of kinds) {
    const { definitions } = await call({ method: 'GET', path: `/v1/definitions/${kind}` });
    const found = objectsIn(definitions);
    answer[kind] = [...found];
    for (const { name, version, author, since, enabled } of found)
      rows.push([
        kind,
        textOf(name),
        textOf(version),
        textOf(author),
        timeOf(since),
        enabled === false ? 'off' : '',
      ]);
  }
  return { answer, text: formatTable(['kind', 'name', 'version', 'author', 'since', ''], rows) };
}

async function put(
  call: CallEngine,
  { kind, file }: { readonly kind: string; readonly file: string },
  { dryRun, keep }: PutFlags,
): Promise<Shown> {
  const body = await readDefinition(file);
  const { name = 'default' } = body;
  if (typeof name !== 'string')
    throw new TesseraError('invalid_definition', `${file} does not say in name what it is called.`);
  const query = new URLSearchParams({
    ...(dryRun === true ? { dry_run: '1' } : {}),
    ...(keep === true ? { keep: '1' } : {}),
  });
  const path = `${pathOfDefinition(kind, name)}${query.size === 0 ? '' : `?${query}`}`;
  const answer = await call({ method: 'PUT', path, body });
  const warnings = Array.isArray(answer.warnings) ? answer.warnings.map((each) => `  ${textOf(each)}\n`) : [];
  const changes = objectsIn(answer.changes).map((change) => `  ${changeOf(change)}\n`);
  const head =
    dryRun === true
      ? `${name}: ${changes.length === 0 ? 'would change nothing' : 'would change'}\n`
      : `${name}: version ${textOf(answer.version)}\n`;
  return { answer, text: [head, ...changes, ...warnings].join('') };
}

function describeVersions({ versions }: JsonObject): string {
  const rows = objectsIn(versions).map(({ number, change, author, since, active }) => [
    textOf(number),
    textOf(change),
    textOf(author),
    timeOf(since),
    active === true ? 'in force' : '',
  ]);
  return formatTable(['number', 'change', 'author', 'since', ''], rows);
}

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;

function describePlanned(planned: readonly Planned[]): string {
  if (planned.length === 0) return 'the engine has all of it as the directory has it\n';
  return planned
    .map(({ turn, kind, name, changes, note }) =>
      [
        `${SIGNS[turn]} ${kind} ${name}${note === undefined ? '' : `: ${note}`}\n`,
        ...(turn === 'changed' ? changes.map((change) => `    ${changeOf(change)}\n`) : []),
      ].join(''),
    )
    .join('');
}

function answerOf({ turn, kind, name, changes, note }: Planned): JsonObject {
  return { turn, kind, name, changes: [...changes], ...(note === undefined ? {} : { note }) };
}

function changeOf({ path, before, after }: JsonObject): string {
  const shown = (value: JsonValue | undefined): string =>
    value === undefined ? 'nothing' : JSON.stringify(value);
  return `${textOf(path)}: ${shown(before)} → ${shown(after)}`;
}

function timeOf(at: JsonValue | undefined): string {
  return typeof at === 'number' && at > 0 ? new Date(at).toISOString() : '';
}
