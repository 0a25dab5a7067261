import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { parseDuration } from '../model/time.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags, EngineRequest } from './engine-call.ts';
import { engineCommands, runOnEngine } from './engine-command.ts';
import { formatTable } from './text-table.ts';

const HELP = `
Needs a key with the scope admin, and gives no scope that it does not have itself. The text of a key is printed once, alone
on stdout: nobody keeps it.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera keys list
  tessera keys create shop --write --origins https://shop.example --events 200
  tessera keys create till-12 --scopes ingest,read --expires 365d > till-12.key
  tessera keys change till-12 --requests 50
  tessera keys rotate till-12 --grace 24h
  tessera keys revoke till-12
`;

interface TermFlags extends EngineFlags {
  readonly scopes?: string;
  readonly origins?: string;
  readonly requests?: string;
  readonly events?: string;
  readonly expires?: string;
}

interface CreateFlags extends TermFlags {
  readonly write?: boolean;
}

interface RotateFlags extends EngineFlags {
  readonly grace?: string;
}

/** Adds `tessera keys …` to the program, and answers the group for others to add to. */
export function registerKeys(program: Command, context: CliContext): Command {
  const keys = program
    .command('keys')
    .description('access keys: who may send what, and who may ask')
    .addHelpText('afterAll', HELP);
  const add = engineCommands(keys, context);
  const run = (flags: EngineFlags, wanted: () => EngineRequest): Promise<void> =>
    runOnEngine({ name: 'keys', context, flags }, async (call) => {
      const answer = await call(wanted());
      return { answer, text: describeKeys(answer) };
    });
  add('list', 'all keys, those of the configuration too').action((flags: EngineFlags) =>
    run(flags, () => ({ method: 'GET', path: '/v1/keys' })),
  );
  withTerms(add('create', 'make a key and print it'))
    .argument('<name>', 'source of what is sent with it, author of what is done with it')
    .option('--write', 'for pages and apps: a key that anybody may read, and that may only ingest')
    .action((name: string, flags: CreateFlags) =>
      run(flags, () => {
        const kind = flags.write === true ? 'write' : 'secret';
        const body = { name, kind, ...termsOf(flags, context.clock.now()) };
        return { method: 'POST', path: '/v1/keys', body };
      }),
    );
  withTerms(add('change', 'change what a key may do; what is not named stays'))
    .argument('<key>', 'its id or name')
    .action((key: string, flags: TermFlags) =>
      run(flags, () => ({ method: 'PUT', path: pathOf(key), body: termsOf(flags, context.clock.now()) })),
    );
  add('rotate', 'give a key another secret and print it; the one before is good for a while')
    .argument('<key>', 'its id or name')
    .option('--grace <duration>', 'how long the one before is good (default 24h; 0 ends it now)')
    .action((key: string, { grace, ...flags }: RotateFlags) =>
      run(flags, () => ({
        method: 'POST',
        path: `${pathOf(key)}/rotations`,
        body: grace === undefined ? {} : { grace },
      })),
    );
  add('revoke', 'end a key for good')
    .argument('<key>', 'its id or name')
    .action((key: string, flags: EngineFlags) => run(flags, () => ({ method: 'DELETE', path: pathOf(key) })));
  return keys;
}

function withTerms(command: Command): Command {
  return command
    .option('--scopes <scopes>', 'some of ingest, read, pii, define, privacy, admin, separated by commas')
    .option('--origins <origins>', 'origins of the pages that may use it, separated by commas, or any')
    .option('--requests <n>', 'requests per second, at each node; 0: as many as come')
    .option('--events <n>', 'events per second, at each node; 0: as many as come')
    .option('--expires <when>', 'a duration such as 90d, a day or a time; never');
}

function termsOf({ scopes, origins, requests, events, expires }: TermFlags, now: number): JsonObject {
  return {
    ...(scopes === undefined ? {} : { scopes: listed(scopes) }),
    ...(origins === undefined ? {} : { origins: origins === 'any' ? origins : listed(origins) }),
    ...(requests === undefined ? {} : { requests_per_second: rateOf(requests, '--requests') }),
    ...(events === undefined ? {} : { events_per_second: rateOf(events, '--events') }),
    ...(expires === undefined ? {} : { expires_at: expiryOf(expires, now) }),
  };
}

function listed(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function rateOf(text: string, flag: string): number | null {
  if (!/^\d{1,9}$/.test(text))
    throw new TesseraError('invalid_parameter', `${flag} must be a whole number.`, { path: flag });
  return Number(text) === 0 ? null : Number(text);
}

function expiryOf(text: string, now: number): JsonValue {
  if (text === 'never') return null;
  const duration = parseDuration(text);
  return duration === undefined ? text : now + duration;
}

function pathOf(key: string): string {
  return `/v1/keys/${encodeURIComponent(key)}`;
}

const COLUMNS = ['name', 'id', 'kind', 'status', 'scopes', 'origins', 'expires', 'ends with'];

/** The text of a new key alone, so that it can go into a file; otherwise a table. */
export function describeKeys(answer: JsonObject): string {
  if (typeof answer.key === 'string') return `${answer.key}\n`;
  const rows: readonly JsonValue[] = Array.isArray(answer.keys) ? answer.keys : [answer];
  return formatTable(COLUMNS, rows.filter(isJsonObject).map(rowOf));
}

function rowOf(key: JsonObject): string[] {
  const { name, id, kind, status, scopes, origins, expires_at, secrets } = key;
  const ends = Array.isArray(secrets) ? secrets.filter(isJsonObject).map(({ hint }) => String(hint)) : [];
  const expires = typeof expires_at === 'number' ? new Date(expires_at).toISOString() : '';
  return [name, id ?? '', kind, status, scopes, origins, expires, ends.join(' ')].map((cell) => String(cell));
}
