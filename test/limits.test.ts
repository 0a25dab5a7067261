import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Limits, limitRelations, limits } from '../src/limits.ts';
import { isJsonObject } from '../src/model/json.ts';
import { readSources } from './tidy/source.ts';

/** Bounds that JSON Schema enforces, and where; they are in limits.ts so that `GET /v1/limits` can say them. */
const inSchemas: readonly (readonly [keyof Limits, string, string])[] = [
  ['sourceCharactersMax', 'events/envelope.json', 'properties/source/maxLength'],
  ['channelCharactersMax', 'events/envelope.json', 'properties/channel/maxLength'],
  ['traitsPerEventMax', 'events/envelope.json', 'properties/traits/maxProperties'],
  ['triggerCountMax', 'definitions/trigger.json', 'definitions/count_pattern/properties/count/maximum'],
];

describe('limits', () => {
  it.each(limitRelations(limits))('hold their relation: %s', (_sentence, holds) => {
    expect(holds).toBe(true);
  });

  it('are whole numbers, above zero except for the beginning of time', () => {
    const odd = Object.entries(limits).filter(
      ([name, value]) => !Number.isSafeInteger(value) || value < (name === 'earliestTimeMs' ? 0 : 1),
    );
    expect(odd).toEqual([]);
  });

  it('are frozen, so that nothing can move a bound at run time', () => {
    expect(Object.isFrozen(limits)).toBe(true);
  });

  it('are each read somewhere: a bound that nothing reads is a promise that nothing keeps', () => {
    const code = new Set(
      readSources()
        .filter(({ path }) => path !== 'limits.ts')
        .flatMap(({ text }) => text.match(/\b[a-zA-Z]+\b/g) ?? []),
    );
    const unread = Object.keys(limits).filter((name) => !code.has(name));
    expect(unread.sort()).toEqual([...inSchemas.map(([name]) => name)].sort());
  });

  it.each(inSchemas)('say in %s what the schema says', (name, file, path) => {
    const schema: unknown = JSON.parse(readFileSync(new URL(`../schemas/${file}`, import.meta.url), 'utf8'));
    const value = path
      .split('/')
      .reduce<unknown>((at, key) => (isJsonObject(at) ? at[key] : undefined), schema);
    expect(value).toBe(limits[name]);
  });

  it('break a relation visibly when one of them moves too far', () => {
    const broken = limitRelations({ ...limits, waitAppliedMs: limits.requestTimeoutMs as never });
    expect(broken.filter(([, holds]) => !holds)).toHaveLength(1);
  });
});
