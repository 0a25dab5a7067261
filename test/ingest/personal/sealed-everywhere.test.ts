import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openPart } from '../../../src/jobs/export/open-values.ts';
import type { Event } from '../../../src/model/event.ts';
import type { JsonObject, JsonValue } from '../../../src/model/json.ts';
import { decodeRecord } from '../../../src/runner/codec.ts';
import { createFusedEngine } from '../../support/fused-engine.ts';

/*
 * Events of any shape, with secrets of people in them under names of people in any spelling: none of the secrets is in what the log, the state or history
 * is given, and all of them can be opened again. What a name looks like is said here once more, by words that senders use and not by the engine's table.
 */
const NAMES: readonly (readonly string[])[] = [
  ['email'],
  ['e', 'mail'],
  ['contact', 'email'],
  ['email', 'address'],
  ['phone'],
  ['mobile', 'phone'],
  ['work', 'phone'],
  ['phone', 'number'],
  ['given', 'name'],
  ['family', 'name'],
  ['full', 'name'],
  ['nickname'],
  ['buyer', 'name'],
  ['recipient', 'first', 'name'],
  ['shipping', 'address'],
  ['home', 'address'],
  ['birth', 'date'],
  ['id', 'card'],
  ['passport', 'number'],
];
const CHINESE = [
  '姓名',
  '收货人姓名',
  '手机号',
  '联系电话',
  '邮箱',
  '收货地址',
  '身份证号',
  '昵称',
  '出生日期',
];
/** Names that count beneath these, and in traits. */
const PEOPLE = ['customer', 'buyer', 'Recipients_info', 'spouse', 'contacts', 'member', '会员信息'];
const BARE = ['name', 'Name', 'address', 'ADDRESS'];
const NEUTRAL = ['details', 'data', 'form', 'a/b', 'til~de', 'extra', 'list', '备注'];

const upperFirst = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const wide = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
const SPELLINGS: readonly ((words: readonly string[]) => string)[] = [
  (words) => words.join('_'),
  (words) => words.join('-'),
  (words) => words.join(' '),
  (words) => words.join('.').toUpperCase(),
  (words) => words.map((word, n) => (n === 0 ? word : upperFirst(word))).join(''),
  (words) => words.map(upperFirst).join(''),
  (words) => words.map(upperFirst).join('_'),
  (words) => wide(words.join('_')),
  (words) => `${words.join('_')}_2`,
];

const name = fc.oneof(
  fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...SPELLINGS)).map(([words, spell]) => spell(words)),
  fc.constantFrom(...CHINESE),
);
const plain = fc.oneof(fc.constant(true), fc.integer({ min: 0, max: 999 }), fc.constant('plain'));

/** A secret stands for its place in the tree: `S` and a number are put in afterwards. */
const SECRET = '\u0000secret';
const MAIL = '\u0000mail';
const URL_SECRET = '\u0000url';

const leaf = fc.oneof(
  name.map((key) => ({ [key]: SECRET })),
  fc.constantFrom('note_x', 'anything', 'label_text').map((key) => ({ [key]: MAIL })),
  name.map((key) => ({ page_link: `${URL_SECRET}${key}` })),
  fc.constantFrom('size', 'step', 'shelf').chain((key) => plain.map((value) => ({ [key]: value }))),
);
const ofPerson = fc.tuple(fc.constantFrom(...PEOPLE), fc.constantFrom(...BARE)).map(([person, bare]) => ({
  [person]: { [bare]: SECRET },
}));
const tree = fc.letrec<{ node: JsonObject }>((tie) => ({
  node: fc
    .array(
      fc.oneof(
        { depthSize: 'small' },
        leaf,
        ofPerson,
        fc.tuple(fc.constantFrom(...NEUTRAL), tie('node')).map(([key, inner]) => ({ [key]: inner })),
        fc
          .tuple(fc.constantFrom(...NEUTRAL), fc.array(tie('node'), { maxLength: 3 }))
          .map(([key, list]) => ({ [key]: list })),
      ),
      { maxLength: 4 },
    )
    .map((parts) => Object.assign({}, ...parts) as JsonObject),
})).node;

/** The tree with secrets of its own, and those secrets; what is to be read again has no parameters of addresses. */
function planted(value: JsonValue, mark: () => string): { sent: JsonValue; kept: JsonValue } {
  if (Array.isArray(value)) {
    const entries = (value as readonly JsonValue[]).map((entry) => planted(entry, mark));
    return { sent: entries.map(({ sent }) => sent), kept: entries.map(({ kept }) => kept) };
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as JsonObject).map(
      ([key, inner = null]) => [key, planted(inner, mark)] as const,
    );
    return {
      sent: Object.fromEntries(entries.map(([key, { sent }]) => [key, sent])),
      kept: Object.fromEntries(entries.map(([key, { kept }]) => [key, kept])),
    };
  }
  if (typeof value !== 'string') return { sent: value, kept: value };
  if (value === SECRET) return twice(`1990-${mark()}`);
  if (value === MAIL) return twice(`${mark()}@example.com`);
  if (!value.startsWith(URL_SECRET)) return { sent: value, kept: value };
  const before = `https://shop.example/p?q=1&${encodeURIComponent(value.slice(URL_SECRET.length))}=`;
  return { sent: `${before}${mark()}&z=2`, kept: `${before}&z=2` };
}

function markOf(n: number): string {
  return `xq${String(n).padStart(6, 'z')}qx`;
}

function twice(text: string): { sent: string; kept: string } {
  return { sent: text, kept: text };
}

it('reads nowhere in clear and can be opened again, whatever the event looks like', async () => {
  const engine = await createFusedEngine();
  let secrets = 0;
  let events = 0;
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, async (properties, traits, context) => {
      events += 1;
      const from = secrets;
      const mark = () => {
        secrets += 1;
        return markOf(secrets);
      };
      const parts = { properties, traits: { ...traits, name: SECRET }, context };
      const made = planted(parts, mark);
      const id = `e-${events}`;
      const wire = {
        id,
        type: 'fitting_guide_opened',
        identifiers: { user_id: `u-${events}` },
        ...(made.sent as JsonObject),
      };
      const before = engine.log.read(0, 100_000).length;
      const { accepted, rejected } = await engine.send([wire]);
      expect(rejected).toEqual([]);
      expect(accepted).toHaveLength(1);
      const bytes = engine.log
        .read(0, 100_000)
        .slice(before)
        .flatMap(({ records }) => [...records]);
      const text = Buffer.concat(bytes).toString('latin1');
      expect(text).toContain(id);
      expect(secrets).toBeGreaterThan(from);
      for (let n = from + 1; n <= secrets; n += 1) expect(text).not.toContain(markOf(n));
      // Whoever may read it reads what was sent.
      const event = bytes
        .map((record) => decodeRecord(record).record)
        .flatMap((record): Event[] => (record.kind === 'event' ? [record.event] : []))[0]!;
      const kept = made.kept as Record<string, JsonObject>;
      for (const part of ['properties', 'traits', 'context'] as const) {
        const opened = await openPart(
          event[part],
          { facet: event.facet, path: `/${part}` },
          engine.opening.open,
        );
        expect(opened).toEqual(kept[part]);
      }
      const open = await engine.profiles.byIdentifier('user_id', `u-${events}`, { reveal: true });
      // Documents are kept, and not shown while no purpose is declared for them.
      const shown = Object.fromEntries(
        Object.entries(kept.traits ?? {}).filter(([trait]) => open?.withheld?.[trait] === undefined),
      );
      expect(open?.traits).toEqual(shown);
      const masked = await engine.profiles.byIdentifier('user_id', `u-${events}`, { reveal: false });
      expect(Object.keys(masked?.traits ?? {})).toEqual(Object.keys(open?.traits ?? {}));
      expect(JSON.stringify(masked)).not.toMatch(/xqz*\d+qx/);
    }),
    { numRuns: 150 },
  );
  expect(engine.rows()).toContain('fitting_guide_opened');
  expect(engine.rows()).not.toMatch(/xqz*\d+qx/);
  const state = [...engine.state().values()]
    .map((value) => Buffer.from(value, 'base64').toString('latin1'))
    .join('\n');
  expect(state).not.toMatch(/xqz*\d+qx/);
});
