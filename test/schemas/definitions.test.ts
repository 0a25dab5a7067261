import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

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

  it('refuses the operator matches, which needs expressions of unbounded cost', () => {
    const condition = { 'properties.brand': { matches: '(a+)+$' } };
    const example = document.examples[0];
    expect(
      validate(kind === 'feature' ? { ...example, where: condition } : { ...example, when: condition }),
    ).toBe(false);
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
    ['caps', { cooldown: '24h', caps: [{ count: 2, every: '1d' }] }],
    ['quiet hours', { quiet_hours: { from: '22:00', to: '08:00' } }],
    ['a holdout', { holdout: 0.1 }],
  ])('refuses %s rather than ignoring them', (_, limit) => {
    expect(validate({ ...example, limit })).toBe(false);
  });

  it('refuses patterns that are not supported yet', () => {
    expect(validate({ ...example, on: { sequence: [{ event: 'product_added' }] } })).toBe(false);
  });
});
