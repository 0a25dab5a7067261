import type { Command } from 'commander';
import { limits } from '../limits.ts';
import { csvLine } from '../model/csv.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine, type Shown, waitForJob } from './engine-command.ts';
import { readDefinition } from './read-definition.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Segments are definitions: put one in force with PUT /v1/definitions/segments/{name}, or a file under segments/ of the
definitions directory. Listing needs the scope read, a preview the scope define.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera segments list
  tessera segments members high_value_dormant --consent marketing.sms
  tessera segments export loyal > loyal.csv
  tessera segments preview draft.yaml
  tessera segments overlap loyal reachable_by_message
`;

interface MemberFlags extends EngineFlags {
  readonly consent?: string;
}

/** Adds `tessera segments` to the program. */
export function registerSegments(program: Command, context: CliContext): void {
  const group = program.command('segments').description('who belongs together').addHelpText('afterAll', HELP);
  const command = engineCommands(group, context);
  command('list', 'all segments with their numbers of members').action((flags: EngineFlags) =>
    run(context, flags, async (call) => {
      const answer = await call({ method: 'GET', path: '/v1/segments' });
      return { answer, text: describeList(answer) };
    }),
  );
  command('members', 'who is in a segment')
    .argument('<segment>')
    .option('--consent <consent>', 'only who has given it, such as marketing.sms')
    .action((name: string, flags: MemberFlags) =>
      run(context, flags, async (call) => {
        const answer = { members: await allMembers(call, name, flags) };
        return { answer, text: describeMembers(answer.members) };
      }),
    );
  command('export', 'who is in a segment, as CSV')
    .argument('<segment>')
    .option('--consent <consent>', 'only who has given it, such as marketing.sms')
    .action((name: string, flags: MemberFlags) =>
      run(context, flags, async (call) => {
        const members = await allMembers(call, name, flags);
        return { answer: { members }, text: csvOf(members) };
      }),
    );
  command('preview', 'count whom a draft would hold for')
    .argument('<file>', 'the definition, YAML or JSON')
    .action((file: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const answer = await preview(file, call, { context, flags });
        return { answer, text: describePreview(answer) };
      }),
    );
  command('overlap', 'how many are in two segments at once')
    .argument('<a>')
    .argument('<b>')
    .action((a: string, b: string, flags: EngineFlags) =>
      run(context, flags, async (call) => {
        const query = new URLSearchParams({ a, b });
        const answer = await call({ method: 'GET', path: `/v1/segments/overlap?${query}` });
        const rows = [[String(answer.a), String(answer.b), String(answer.both)]];
        return { answer, text: formatTable([a, b, 'both'], rows) };
      }),
    );
}

function run(
  context: CliContext,
  flags: EngineFlags,
  work: (call: CallEngine) => Promise<Shown>,
): Promise<void> {
  return runOnEngine({ name: 'segments', context, flags }, work);
}

function pathOf(name: string, { consent }: MemberFlags, more: Record<string, string>): string {
  const query = new URLSearchParams({
    limit: String(limits.segmentMembersMax),
    ...(consent === undefined ? {} : { consent }),
    ...more,
  });
  return `/v1/segments/${encodeURIComponent(name)}/profiles?${query}`;
}

async function allMembers(call: CallEngine, name: string, flags: MemberFlags): Promise<readonly JsonValue[]> {
  const members: JsonValue[] = [];
  for (let after = ''; ; ) {
    const more: Record<string, string> = after === '' ? {} : { after };
    const page = await call({ method: 'GET', path: pathOf(name, flags, more) });
    if (Array.isArray(page.members)) members.push(...page.members);
    if (typeof page.next !== 'string') return members;
    after = page.next;
  }
}

/** All pages as one file: every identifier type has its column from the first line on. */
function csvOf(members: readonly JsonValue[]): string {
  const rows = members.filter(isJsonObject);
  const identifiersOf = ({ identifiers }: JsonObject): JsonObject =>
    isJsonObject(identifiers) ? identifiers : {};
  const types = [...new Set(rows.flatMap((row) => Object.keys(identifiersOf(row))))].sort();
  const lines = rows.map((row) => [
    String(row.profile_id),
    new Date(Number(row.since)).toISOString(),
    String(row.kind),
    ...types.map((type) => {
      const values = identifiersOf(row)[type];
      return Array.isArray(values) ? values.join(' ') : '';
    }),
  ]);
  return [['profile_id', 'since', 'kind', ...types], ...lines].map(csvLine).join('');
}

async function preview(
  file: string,
  call: CallEngine,
  { context, flags }: { readonly context: CliContext; readonly flags: EngineFlags },
): Promise<JsonObject> {
  const definition = await readDefinition(file);
  const created = await call({ method: 'POST', path: '/v1/segments/previews', body: { definition } });
  return waitForJob(call, created, { context, flags, name: 'The preview', doing: 'Looking at profiles' });
}

function describeList({ segments }: JsonObject): string {
  const rows = Array.isArray(segments) ? segments.filter(isJsonObject) : [];
  return formatTable(
    ['segment', 'members', 'kind', 'group', 'description'],
    rows.map((row) => [
      String(row.name),
      String(row.members),
      String(row.kind),
      String(row.group ?? ''),
      String(row.description ?? ''),
    ]),
  );
}

function describeMembers(members: readonly JsonValue[]): string {
  return formatTable(
    ['profile', 'since', 'identifiers'],
    members.filter(isJsonObject).map(({ profile_id, since, identifiers }) => [
      String(profile_id),
      new Date(Number(since)).toISOString(),
      Object.entries(isJsonObject(identifiers) ? identifiers : {})
        .map(([type, values]) => `${type}:${Array.isArray(values) ? values.join(' ') : ''}`)
        .join('  '),
    ]),
  );
}

function describePreview({ segment, members, profiles, complete, sample }: JsonObject): string {
  const part = complete === true ? '' : ', of more that were not looked at';
  const ids = Array.isArray(sample) ? sample.map((id) => `  ${String(id)}\n`).join('') : '';
  return `${String(segment)}: ${String(members)} of ${String(profiles)} profiles${part}\n${ids}`;
}
