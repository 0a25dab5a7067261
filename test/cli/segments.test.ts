import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registerSegments } from '../../src/cli/segments.ts';
import { registerTags } from '../../src/cli/tags.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-segments-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(
    answers,
    (program, context) => {
      registerSegments(program, context);
      registerTags(program, context);
    },
    args,
  );

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const member = (n: number, identifiers: JsonObject) => ({
  profile_id: `p-${n}`,
  since: 1_795_255_200_000,
  kind: 'customer',
  identifiers,
});

describe('tessera segments', () => {
  it('lists segments with their numbers', async () => {
    const loyal = { name: 'loyal', members: 12, kind: 'segment', group: 'lifecycle', description: 'Often' };
    const { out } = await run(['segments', 'list'], [[200, { segments: [loyal] }]]);
    expect(out).toBe(
      'segment  members  kind     group      description\nloyal    12       segment  lifecycle  Often\n',
    );
  });

  it('exports all pages as one CSV file', async () => {
    const { asked, out } = await run(
      ['segments', 'export', 'loyal', '--consent', 'marketing.sms'],
      [
        [200, { members: [member(1, { phone: ['+8613900001111'] })], next: 'p-1' }],
        [200, { members: [member(2, { email: ['=a"b@example.com'] })] }],
      ],
    );
    expect(asked).toEqual([
      'GET /v1/segments/loyal/profiles?limit=1000&consent=marketing.sms',
      'GET /v1/segments/loyal/profiles?limit=1000&consent=marketing.sms&after=p-1',
    ]);
    expect(out.split('\r\n')).toEqual([
      'profile_id,since,kind,email,phone',
      'p-1,2026-11-21T10:00:00.000Z,customer,,+8613900001111',
      `p-2,2026-11-21T10:00:00.000Z,customer,"'=a""b@example.com",`,
      '',
    ]);
  });

  it('previews a draft, and says what is wrong with it', async () => {
    const draft = file('draft.yaml', 'name: looker\nwhen: { feature: views_1h, gte: 2 }\n');
    const result = { segment: 'looker', members: 2, profiles: 10, complete: true, sample: ['p-1', 'p-2'] };
    const job = { id: 'j-1', status: 'done', result };
    const { bodies, out } = await run(['segments', 'preview', draft], [[202, { job }]]);
    expect(bodies).toEqual([{ definition: { name: 'looker', when: { feature: 'views_1h', gte: 2 } } }]);
    expect(out).toBe('looker: 2 of 10 profiles\n  p-1\n  p-2\n');
    const broken = await run(['segments', 'preview', file('broken.yaml', ': [')], []);
    expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('invalid_definition')]);
  });

  it.each([
    ['none.yaml', undefined, 'cannot be opened'],
    ['two.yaml', 'name: a\nwhen: { tag: vip }\n---\nname: b\n', 'holds several definitions'],
    ['cut.yaml', 'when: [1, 2\n', 'cannot be read as YAML or JSON: '],
    ['empty.yaml', '', 'holds no definition'],
  ])('says what is wrong with the draft %s before it asks', async (name, text, problem) => {
    const path = text === undefined ? join(folder, name) : file(name, text);
    const { asked, err, code } = await run(['segments', 'preview', path], []);
    expect([asked, code]).toEqual([[], 1]);
    expect(err).toContain(problem);
  });
});

describe('tessera tags', () => {
  it('puts a tag on and takes it off', async () => {
    const on = await run(
      ['tags', 'add', 'phone:139', 'vip', '--reason', 'wedding', '--expires', '2026-07-01'],
      [[200, { applied: 1, refused: [] }]],
    );
    const change = { profile: 'phone:139', tag: 'vip', reason: 'wedding', expires: '2026-07-01' };
    expect([on.asked, on.bodies, on.out]).toEqual([
      ['POST /v1/tags'],
      [{ changes: [change] }],
      '1 applied\n',
    ]);
    const off = await run(['tags', 'remove', 'phone:139', 'vip'], [[200, { applied: 1, refused: [] }]]);
    expect(off.bodies).toEqual([{ changes: [{ profile: 'phone:139', tag: 'vip', on: false }] }]);
  });

  it('imports a file, and names the lines that were refused', async () => {
    const path = file('tags.csv', 'profile,tag,reason,on\n\nphone:1,vip,"a, b",\nphone:2,vip,,false\n');
    const refused = [{ index: 1, code: 'profile_not_found', message: 'No such profile.' }];
    const { bodies, out, err, code } = await run(['tags', 'import', path], [[200, { applied: 1, refused }]]);
    expect(bodies).toEqual([
      {
        changes: [
          { profile: 'phone:1', tag: 'vip', reason: 'a, b' },
          { profile: 'phone:2', tag: 'vip', on: false },
        ],
      },
    ]);
    expect([out, err, code]).toEqual([
      '1 applied\n',
      'tags: line 4: No such profile. (profile_not_found)\n',
      1,
    ]);
  });

  it.each([
    ['unknown.csv', 'profile,tag,color\nphone:1,vip,red\n', /column color/],
    ['short.csv', 'profile\nphone:1\n', /names no tag/],
    ['odd.csv', 'profile,tag,on\nphone:1,vip,maybe\n', /Line 2: on must be true or false/],
    ['wide.csv', 'profile,tag\nphone:1,vip,more\n', /Line 2: .*3 fields/],
  ])('refuses %s', async (name, text, expected) => {
    const { asked, err, code } = await run(['tags', 'import', file(name, text)], []);
    expect([asked, code]).toEqual([[], 1]);
    expect(err).toMatch(expected);
  });
});
