import type { Command } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { EngineFlags } from './engine-call.ts';
import { runOnEngine, withEngineOptions } from './engine-command.ts';
import { offersTable } from './recommend.ts';
import { printable } from './text-table.ts';

const HELP = `
What an associate should know: who it is, what they looked at online, what is in their cart and in the fitting room, what fits,
cases that are open, what to offer, and what better not to mention. Names are masked unless the key holds the scope pii.

Exit codes: 0 done; 1 failed, or nobody has this identifier; 2 wrong usage.

Examples:
  tessera brief phone:13900001111 --store SH-001
  tessera brief member_id:00120457 --store SH-001 --locale zh-CN
`;

interface BriefFlags extends EngineFlags {
  readonly store?: string;
  readonly locale?: string;
}

/** Adds `tessera brief` to the program. */
export function registerBrief(program: Command, context: CliContext): void {
  withEngineOptions(
    program.command('brief').description('what an associate should know of who stands before them'),
    context,
  )
    .argument('<profile>', 'a profile id, or an identifier as type:value')
    .option('--store <store>', 'where they are, by id or alias')
    .option('--locale <tag>', 'language, such as zh-CN')
    .addHelpText('after', HELP)
    .action((profile: string, flags: BriefFlags) => brief(profile, flags, context));
}

function brief(profile: string, { store, locale, ...flags }: BriefFlags, context: CliContext): Promise<void> {
  return runOnEngine({ name: 'brief', context, flags }, async (call) => {
    const query = new URLSearchParams();
    if (store !== undefined) query.set('store', store);
    if (locale !== undefined) query.set('locale', locale);
    const path = `/v1/profiles/${encodeURIComponent(profile)}/brief?${query}`;
    const answer = await call({ method: 'GET', path });
    return { answer, text: describe(answer) };
  });
}

const LISTS = [
  ['in_fitting_room', 'In the fitting room'],
  ['in_cart', 'In the cart'],
  ['looked_at', 'Looked at online'],
  ['favorites', 'Favorites'],
  ['bought', 'Bought'],
  ['brought_back', 'Brought back'],
] as const;

/** Warnings come first: who reads while walking up reads the beginning. */
function describe(answer: JsonObject): string {
  const sections = [
    ...rowsOf(answer.avoid).map((note) => `! ${text(note.text)}`),
    ...rowsOf(answer.open_tickets).map(
      ({ ticket_id: id, theme, complaint }) =>
        `! open case ${text(id)}${complaint === true ? ', a complaint' : ''}${theme === undefined ? '' : `: ${text(theme)}`}`,
    ),
    ...LISTS.flatMap(([name, title]) => listed(title, rowsOf(answer[name]))),
    ...sizes(answer.sizes),
  ];
  const offers = offersTable(answer.offer);
  const offered =
    offers === '' ? 'Nothing to offer\n' : `To offer\n${offers.replaceAll(/^/gm, '  ').trimEnd()}\n`;
  return `${[who(answer), ...sections].map(printable).join('\n')}\n${offered}`;
}

function who({ profile_id: id, name, tier, points, lifecycle, tags }: JsonObject): string {
  const marks = [
    text(name),
    tier === undefined || tier === null ? '' : `${text(tier)}, ${text(points)} points`,
    text(lifecycle),
    Array.isArray(tags) ? tags.map(text).join(', ') : '',
  ];
  return [text(id), ...marks.filter((mark) => mark !== '')].join('  ');
}

function listed(title: string, rows: readonly JsonObject[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    title,
    ...rows.map((row) => {
      const { item_id: item, name, size, quantity, at, channel, in_store: here } = row;
      const parts = [
        name === undefined ? text(item) : `${text(name)} (${text(item)})`,
        size === undefined ? '' : `size ${text(size)}`,
        quantity === undefined ? '' : `× ${text(quantity)}`,
        typeof at === 'number' ? new Date(at).toISOString().slice(0, 16).replace('T', ' ') : '',
        text(channel),
        here === undefined ? '' : `${text(here)} here`,
      ];
      return `  ${parts.filter((part) => part !== '').join('  ')}`;
    }),
  ];
}

function sizes(value: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(value)) return [];
  const stated = Array.isArray(value.stated) ? value.stated.map(text) : [];
  const bought = rowsOf(value.bought).map(({ size, items }) => `${text(size)} (bought ${text(items)})`);
  const all = [...stated, ...bought];
  return all.length === 0 ? [] : [`Sizes: ${all.join(', ')}`];
}

function rowsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function text(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}
