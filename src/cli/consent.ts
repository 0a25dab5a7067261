import type { Command } from 'commander';
import { type ErrorCode, errorTable, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { describeDue, describeStanding, listOf } from './consent-text.ts';
import { consentOf } from './consent-words.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags, EngineRequest } from './engine-call.ts';
import { engineCommands, runOnEngine } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { type ConsentLine, readConsentFile } from './read-consent-file.ts';

const HELP = `
What people agreed to and what they were told. A person is named by a profile id or by an identifier (type:value); a
consent by its purpose, or by purpose and channel (personalization, marketing.sms, sensitive.health). What is entered
here is a word of the operator's with the name of the key as its author, and counts from the next decision on. Looking
needs the scope read, everything else privacy.

A consent file is CSV with a header: profile, a column for each consent (true, false, or empty for no word) and for each
notice (notices.privacy: the version that the person was told) and, where wanted, text_version, method and reason. It has
one line for a person, and sending it again changes nothing but dates: what it says holds from now on. Words with times of
their own are events, which tessera import brings.

Exit codes: 0 done; 1 failed, or a line was refused (each is printed with its number); 2 wrong usage.

Examples:
  tessera consent show phone:13900001111
  tessera consent receipt phone:13900001111 > receipt.json
  tessera consent grant phone:13900001111 personalization marketing.sms --text-version 2026-09 --method form
  tessera consent withdraw phone:13900001111 marketing.sms --reason "asked by phone"
  tessera consent told phone:13900001111 privacy:3 --method letter
  tessera consent import newsletter.csv
  tessera consent due --notice privacy --limit 1000
`;

interface WordFlags extends EngineFlags {
  readonly textVersion?: string;
  readonly method?: string;
  readonly reason?: string;
}

interface DueFlags extends EngineFlags {
  readonly notice?: string;
  readonly after?: string;
  readonly limit: string;
}

type Surroundings = Readonly<{ context: CliContext; flags: EngineFlags }>;

/** Adds `tessera consent …` to the program. */
export function registerConsent(program: Command, context: CliContext): void {
  const group = program
    .command('consent')
    .description('what people agreed to and were told')
    .addHelpText('afterAll', HELP);
  const add = engineCommands(group, context);
  registerLooks(add, context);
  registerWords(add, context);
  add('import', 'enter the consents of a file')
    .argument('<file>', 'CSV with a header')
    .action((file: string, flags: EngineFlags) => bringFile(file, { context, flags }));
}

type Add = (name: string, description: string) => Command;

function registerLooks(add: Add, context: CliContext): void {
  add('show', 'what holds, and what was said before')
    .argument('<person>', 'a profile id, or an identifier written type:value')
    .option('--limit <n>', 'how many entries of the history at most; 0: none')
    .action((person: string, { limit, ...flags }: EngineFlags & { readonly limit?: string }) => {
      const query = limit === undefined ? '' : `?limit=${encodeURIComponent(limit)}`;
      return answer({ context, flags }, { method: 'GET', path: pathOf(person) + query });
    });
  add('receipt', 'a receipt of what holds, as JSON')
    .argument('<person>', 'a profile id, or an identifier written type:value')
    .action((person: string, flags: EngineFlags) =>
      runOnEngine({ name: 'consent', context, flags }, async (call) => {
        const receipt = await call({ method: 'GET', path: `${pathOf(person)}/receipt` });
        return { answer: receipt, text: `${JSON.stringify(receipt, null, 2)}\n` };
      }),
    );
  add('due', 'whom to tell of which notice')
    .option('--notice <name>', 'only of this notice')
    .option('--limit <n>', 'how many people at most', String(limits.pageDefault))
    .option('--after <profile>', 'go on after this person')
    .action((flags: DueFlags) =>
      runOnEngine({ name: 'consent', context, flags }, async (call) => {
        const { people, next } = await peopleDue(call, flags);
        return { answer: { people, ...(next && { next }) }, text: describeDue(people, next) };
      }),
    );
}

function registerWords(add: Add, context: CliContext): void {
  const word = (name: string, description: string): Command =>
    add(name, description)
      .argument('<person>', 'a profile id, or an identifier written type:value')
      .option('--text-version <version>', 'of what was said yes or no to')
      .option('--method <method>', 'how it was said, such as form, call or letter')
      .option('--reason <text>', 'why it is entered, for the record');
  for (const [name, given, description] of [
    ['grant', true, 'enter that somebody agreed'],
    ['withdraw', false, 'enter that somebody refused, or took it back'],
  ] as const)
    word(name, description)
      .argument('<consent...>', 'personalization, marketing.sms, …')
      .action((person: string, names: string[], flags: WordFlags) =>
        enter(person, () => consentOf(new Map(names.map((each) => [each, given]))), { context, flags }),
      );
  word('told', 'enter that somebody was told of notices')
    .argument('<notice...>', 'a notice and which version of it, such as privacy:3')
    .action((person: string, notices: string[], flags: WordFlags) =>
      enter(person, () => consentOf(new Map(notices.map(readTold))), { context, flags }),
    );
}

/** `privacy:3`, as a word of a consent. */
function readTold(notice: string): readonly [string, number] {
  const [, name, version] = /^([A-Za-z][\w-]*):([1-9]\d{0,6})$/.exec(notice) ?? [];
  if (name === undefined || version === undefined)
    throw new TesseraError('invalid_parameter', 'A notice is written with its version, like privacy:3.');
  return [`notices.${name}`, Number(version)];
}

function enter(
  person: string,
  consent: () => JsonObject,
  { context, flags }: { readonly context: CliContext; readonly flags: WordFlags },
): Promise<void> {
  const { textVersion, method, reason } = flags;
  return runOnEngine({ name: 'consent', context, flags }, async (call) => {
    const said = {
      ...consent(),
      ...(textVersion === undefined ? {} : { text_version: textVersion }),
      ...(method === undefined ? {} : { method }),
    };
    const body = { consent: said, ...(reason === undefined ? {} : { reason }) };
    const found = await call({ method: 'PUT', path: pathOf(person), body });
    return { answer: found, text: describeStanding(found) };
  });
}

function answer({ context, flags }: Surroundings, asked: EngineRequest): Promise<void> {
  return runOnEngine({ name: 'consent', context, flags }, async (call) => {
    const found = await call(asked);
    return { answer: found, text: describeStanding(found) };
  });
}

/** Page after page: one of the engine's may be short, or empty, and others follow. */
async function peopleDue(
  call: CallEngine,
  { notice, after: from, limit }: DueFlags,
): Promise<{ readonly people: readonly JsonObject[]; readonly next: string | undefined }> {
  if (!/^[1-9]\d{0,7}$/.test(limit))
    throw new TesseraError('invalid_parameter', '--limit must be a number from 1.');
  const people: JsonObject[] = [];
  let after = from;
  do {
    const page = Math.min(Number(limit) - people.length, limits.segmentMembersMax);
    const query = new URLSearchParams({ limit: String(page), ...(notice && { notice }) });
    if (after !== undefined) query.set('after', after);
    const found = await call({ method: 'GET', path: `/v1/privacy/notices/due?${query}` });
    people.push(...listOf(found.people));
    after = typeof found.next === 'string' ? found.next : undefined;
  } while (after !== undefined && people.length < Number(limit));
  return { people, next: after };
}

interface Refused extends JsonObject {
  readonly line: number;
  readonly code: ErrorCode;
  readonly message: string;
}

function bringFile(file: string, { context, flags }: Surroundings): Promise<void> {
  return runOnEngine({ name: 'consent', context, flags }, async (call) => {
    const lines = await readConsentFile(file);
    const refused: Refused[] = [];
    for (let from = 0; from < lines.length; from += limits.consentLinesInFlight) {
      const some = lines.slice(from, from + limits.consentLinesInFlight);
      const answers = await Promise.all(some.map((line) => enterLine(line, call)));
      refused.push(...answers.filter((each) => each !== undefined));
    }
    for (const { line, code, message } of refused)
      context.stderr.write(`consent: line ${line}: ${message} (${code})\n`);
    if (refused.length > 0) context.setExitCode(exitCodes.failed);
    const entered = lines.length - refused.length;
    return { answer: { entered, refused }, text: `${entered} entered\n` };
  });
}

/** What is wrong with one line leaves the others alone; what would go wrong with each ends the command. */
async function enterLine(
  { line, profile, body }: ConsentLine,
  call: CallEngine,
): Promise<Refused | undefined> {
  try {
    await call({ method: 'PUT', path: pathOf(profile), body });
    return undefined;
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message } = error;
    const [status] = errorTable[code];
    if (status === 400 || status === 404 || status === 422) return { line, code, message };
    throw new TesseraError(code, `from line ${line} on nothing is certain: ${message}`, { cause: error });
  }
}

function pathOf(person: string): string {
  return `/v1/profiles/${encodeURIComponent(person)}/consents`;
}
