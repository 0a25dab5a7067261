import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Needs a key with the scope admin.

Exit codes: 0 done, and the log is whole; 1 failed, or it is not; 2 wrong usage.

Examples:
  tessera audit list --subject 019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e
  tessera audit list --action personal_data_read --author till-12
  tessera audit head >> heads.txt
  tessera audit verify --heads "$(paste -sd, heads.txt)"
`;

interface ListFlags extends EngineFlags {
  readonly action?: string;
  readonly author?: string;
  readonly subject?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly before?: string;
}

interface VerifyFlags extends EngineFlags {
  readonly heads?: string;
}

/** Who saw and changed what, and whether the record of it is whole. */
export function registerAudit(program: Command, context: CliContext): void {
  const audit = program
    .command('audit')
    .description('who saw and changed what')
    .addHelpText('afterAll', HELP);
  const add = engineCommands(audit, context);
  add('list', 'entries, newest first')
    .option('--action <action>', 'only these, such as personal_data_read')
    .option('--author <name>', 'only what this key did')
    .option('--subject <profile-id>', 'only what concerned this profile')
    .option('--since <time>', 'from this moment on')
    .option('--until <time>', 'before this moment')
    .option('--limit <count>', 'how many at most')
    .option('--before <cursor>', '`next` of the page before')
    .action((flags: ListFlags) =>
      runOnEngine({ name: 'audit', context, flags }, async (call) => {
        const answer = await call({ method: 'GET', path: `/v1/audit${queryOf(flags)}` });
        return { answer, text: describeEntries(answer) };
      }),
    );
  add('head', 'the end of the chain of the node that answers, to be kept elsewhere').action(
    (flags: EngineFlags) =>
      runOnEngine({ name: 'audit', context, flags }, async (call) => {
        const answer = await call({ method: 'GET', path: '/v1/audit/head' });
        return { answer, text: `${String(answer.head)}\n` };
      }),
  );
  add('verify', 'recompute every chain')
    .option('--heads <heads>', 'heads that were kept elsewhere, separated by commas')
    .action((flags: VerifyFlags) =>
      runOnEngine({ name: 'audit', context, flags }, async (call) => {
        const query = flags.heads === undefined ? '' : `?heads=${encodeURIComponent(flags.heads)}`;
        const answer = await call({ method: 'GET', path: `/v1/audit/verify${query}` });
        if (answer.ok !== true) context.setExitCode(exitCodes.failed);
        return { answer, text: describeVerification(answer) };
      }),
    );
}

function queryOf({ action, author, subject, since, until, limit, before }: ListFlags): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ action, author, subject, since, until, limit, before })) {
    if (value !== undefined) query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function describeEntries({ entries, next }: JsonObject): string {
  if (!Array.isArray(entries)) throw new TesseraError('internal', 'the engine answered no entries');
  const rows = entries
    .filter(isJsonObject)
    .map((entry) => [
      new Date(Number(entry.at)).toISOString(),
      String(entry.action),
      String(entry.author),
      String(entry.via),
      [entry.subjects, entry.fields].map((list) => (Array.isArray(list) ? list.join(' ') : '')).join('  '),
      [entry.target, entry.detail].filter((text) => text !== '').join(' '),
    ]);
  const table = formatTable(['at', 'action', 'author', 'via', 'whose and what', 'on'], rows);
  return next === undefined ? table : `${table}next: ${String(next)}\n`;
}

function describeVerification({ ok, entries, chains, findings }: JsonObject): string {
  const found = (Array.isArray(findings) ? findings : []).filter(isJsonObject);
  const heads = (Array.isArray(chains) ? chains : []).filter(isJsonObject);
  const lines = [
    ok === true
      ? `The audit log is whole: ${String(entries)} entries.`
      : `The audit log was tampered with: ${found.length} findings in ${String(entries)} entries.`,
    ...found.map(({ chain, n, kind }) => `  ${String(chain)} entry ${String(n)}: ${String(kind)}`),
    ...heads.map(({ head }) => `  head ${String(head)}`),
  ];
  return `${lines.join('\n')}\n`;
}
