import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { quietHours } from '../triggers/decision-scene.ts';

const root = new URL('../../', import.meta.url);

function compile(kind: string) {
  const document = JSON.parse(readFileSync(new URL(`schemas/definitions/${kind}.json`, root), 'utf8'));
  const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
  return { document, validate: ajv.compile(document) };
}

function shipped(folder: string): { file: string; definition: unknown }[] {
  const dir = new URL(`deploy/retail/${folder}/`, root);
  return readdirSync(dir)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) =>
      parseAllDocuments(readFileSync(new URL(file, dir), 'utf8')).map((document) => ({
        file,
        definition: document.toJS() as unknown,
      })),
    );
}

describe('the shipped schemas', () => {
  // A start compiles them without holding them against the schema of schemas, which costs more than they do.
  it.each(['definitions', 'events'])('of %s are schemas', (folder) => {
    const ajv = folder === 'events' ? new Ajv2020({ strict: false }) : new Ajv({ strict: false });
    const files = readdirSync(new URL(`schemas/${folder}/`, root)).filter((file) => file.endsWith('.json'));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const schema = JSON.parse(readFileSync(new URL(`schemas/${folder}/${file}`, root), 'utf8'));
      expect(ajv.validateSchema(schema), `${file}: ${ajv.errorsText()}`).toBe(true);
    }
  });
});

describe.each(['feature', 'trigger'] as const)('the schema of a %s definition', (kind) => {
  const { document, validate } = compile(kind);

  it('accepts its own examples', () => {
    for (const example of document.examples)
      expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  });

  it('accepts every shipped definition', () => {
    for (const { file, definition } of shipped(`${kind}s`)) {
      expect(validate(definition), `${file}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });

  it.each(['all', 'any', 'not', 'feature'])('refuses a condition that mixes %s with a path', (key) => {
    const value = {
      all: [{ type: { equals: 'x' } }],
      any: [{ type: { equals: 'x' } }],
      not: {},
      feature: 'views_1h',
    }[key];
    const condition = { [key]: value, 'properties.brand': { equals: 'Lumen' } };
    const example = document.examples[0];
    const changed = kind === 'feature' ? { ...example, where: condition } : { ...example, when: condition };
    expect(validate(changed)).toBe(false);
  });

  it('takes the operator matches, up to a length', () => {
    const example = document.examples[0];
    const fits = (matches: string): boolean => {
      const condition = { 'properties.brand': { matches } };
      return validate(
        kind === 'feature' ? { ...example, where: condition } : { ...example, when: condition },
      );
    };
    expect(fits('^(lumen|aura)')).toBe(true);
    expect(fits('a'.repeat(257))).toBe(false);
  });

  it.each(['Views', '1h', '', 'a'.repeat(65), 'views-1h'])('refuses the name %j', (name) => {
    expect(validate({ ...document.examples[0], name })).toBe(false);
  });
});

describe('a feature definition', () => {
  const { document, validate } = compile('feature');
  const [single, several] = document.examples;

  it('needs one window or a list of them, not both and not neither', () => {
    expect(validate({ ...single, windows: ['1h'] })).toBe(false);
    expect(validate({ ...several, windows: undefined })).toBe(false);
    const { windows: _, ...neither } = several;
    expect(validate(neither)).toBe(false);
  });

  it('needs a value to aggregate, unless it counts', () => {
    const { of: _, ...without } = several;
    expect(validate(without)).toBe(false);
    expect(validate({ ...without, aggregate: 'count' })).toBe(true);
  });

  it('refuses what it does not know', () => {
    expect(validate({ ...single, nonsense: 'properties.brand' })).toBe(false);
  });
});

describe('a trigger definition', () => {
  const { document, validate } = compile('trigger');
  const [example] = document.examples;

  it.each([
    ['a cap of nothing', { caps: [{ count: 2, every: '1d' }] }],
    ['a cap of two things', { caps: [{ overall: true, group: 'g', count: 2, every: '1d' }] }],
    ['a cap that counts further than anybody', { caps: [{ overall: true, count: 101, every: '1d' }] }],
    ['quiet hours that say nothing of what happens then', { quiet_hours: { from: '22:00', to: '08:00' } }],
    ['hours that no clock shows', { quiet_hours: quietHours('25:00', '08:00', 'drop') }],
    ['a holdout of nearly everybody', { holdout: 0.9 }],
    ['a guard without a condition', { guards: [{ name: 'g' }] }],
  ])('refuses %s', (_, limit) => {
    expect(validate({ ...example, limit })).toBe(false);
  });

  it('takes conditions over the clock of the customer and the store', () => {
    const when = { all: [{ time_of_day: { from: '09:00', to: '18:00' } }, { store: { equals: 'SH-001' } }] };
    expect(validate({ ...example, when }), JSON.stringify(validate.errors)).toBe(true);
  });

  it('refuses patterns that are not supported yet', () => {
    expect(validate({ ...example, on: { sequence: [{ event: 'product_added' }] } })).toBe(false);
  });
});

describe('a messaging definition', () => {
  const { document, validate } = compile('messaging');
  const [example] = document.examples;

  it('is as its own example and the shipped file are', () => {
    expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    const text = readFileSync(new URL('deploy/retail/messaging.yaml', root), 'utf8');
    expect(validate(parseAllDocuments(text)[0]?.toJS()), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    ['a channel of a name that means something else', { channels: { preferred: { order: 1 } } }],
    ['a channel without an order', { channels: { sms: {} } }],
    ['a quota of no feature', { channels: { sms: { order: 1, quota: {} } } }],
    ['a group that may fire nothing', { groups: { g: { at_once: 0 } } }],
    ['another name', { name: 'other' }],
    ['what it does not know', { nonsense: 1 }],
  ])('refuses %s', (_, more) => {
    expect(validate({ ...example, ...more })).toBe(false);
  });
});
