import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registerSchema } from '../../src/cli/schema.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-schema-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(answers, registerSchema, ['schema', ...args]);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const draft = file('guide.yaml', 'name: guide_opened\nschema: { type: object, required: [step] }\n');
const definition = { name: 'guide_opened', schema: { type: 'object', required: ['step'] } };
const fault = {
  code: 'schema_violation',
  path: '/properties/step',
  message: 'is required',
  events: 2,
  examples: [{ id: 'e-1' }, { id: 'e-2' }],
};
const result = {
  event: 'guide_opened',
  schema_version: 'guide_opened@0b9d3f0e7a51c2d4',
  compatibility: 'incompatible',
  changes: [{ path: '/required', effect: 'incompatible', text: 'step is required now' }],
  events: 40,
  refused: 2,
  faults: [fault],
  refused_otherwise: 0,
  skipped: [{ path: '/properties/phone', why: 'sealed', values: 3 }],
};
const done = (more: object): Answer => [
  200,
  {
    id: 'j-1',
    status: 'done',
    progress: { done: 40, total: 40, note: '' },
    finished_at: 1,
    result: { ...result, ...more },
  },
];
const created: Answer = [202, { job: { id: 'j-1', status: 'queued' } }];

describe('tessera schema', () => {
  it('lists types with the versions of their schemas', async () => {
    const types = [
      { event: 'guide_opened', title: 'Guide', shipped: null, defined: 'guide_opened@0b9d3f0e7a51c2d4' },
      { event: 'page_viewed', title: 'Page viewed', shipped: 'page_viewed@5f1c0a9be7d24c33', defined: null },
    ];
    const { out } = await run(['list'], [[200, { types }]]);
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'event         shipped           defined           title',
      'guide_opened  -                 0b9d3f0e7a51c2d4  Guide',
      'page_viewed   5f1c0a9be7d24c33  -                 Page viewed',
      '',
    ]);
  });

  it('puts the definition of a file in force, and says what is odd about it', async () => {
    const warnings = ['/required: step is required now'];
    const { requests, out, code } = await run(
      ['put', draft],
      [[200, { ...definition, version: 'v1', warnings }]],
    );
    expect(requests).toEqual([`PUT /v1/definitions/schemas/guide_opened ${JSON.stringify(definition)}`]);
    expect([out, code]).toEqual(['guide_opened: version v1\n  /required: step is required now\n', 0]);
    const dry = await run(['put', draft, '--dry-run'], [[200, { dry_run: true }]]);
    expect(dry.asked).toEqual(['PUT /v1/definitions/schemas/guide_opened?dry_run=1']);
  });

  it('takes one back', async () => {
    const { asked, out } = await run(
      ['delete', 'guide_opened'],
      [[200, { name: 'guide_opened', removed: true }]],
    );
    expect([asked, out]).toEqual([
      ['DELETE /v1/definitions/schemas/guide_opened'],
      'guide_opened: removed\n',
    ]);
  });

  it('checks a draft, with its faults, and says by its exit code that events would be refused', async () => {
    const { bodies, out, code } = await run(['check', draft, '--days', '90'], [created, done({})]);
    expect(bodies).toEqual([{ days: 90, definition }]);
    expect(code).toBe(3);
    expect(out).toContain('guide_opened@0b9d3f0e7a51c2d4: 2 of 40 events would be refused');
    expect(out).toContain('incompatible: /required step is required now');
    expect(out).toMatch(/2 +schema_violation +\/properties\/step +is required +e-1 e-2/);
    expect(out).toContain('not looked at: /properties/phone, 3 times sealed');
  });

  it('checks what is in force by its name, and is content where everything fits', async () => {
    const { requests, code } = await run(
      ['check', 'guide_opened', '--json'],
      [created, done({ refused: 0, faults: [] })],
    );
    expect(requests[0]).toBe('POST /v1/schemas/guide_opened/checks {}');
    expect(code).toBe(0);
  });

  it('refuses a file that does not say what it is about', async () => {
    const { err, code, asked } = await run(['put', file('none.yaml', 'schema: { type: object }\n')], []);
    expect([code, asked]).toEqual([1, []]);
    expect(err).toContain('does not say in name');
  });
});
