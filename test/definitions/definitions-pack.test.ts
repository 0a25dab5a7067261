import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Definitions } from '../../src/definitions/definitions.ts';
import { type DefinitionsPack, loadPack, recordOfPack } from '../../src/definitions/definitions-pack.ts';
import { TesseraError } from '../../src/errors.ts';
import type { DefinitionsRecord } from '../../src/model/record.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

const VIEWS = 'name: views\non: product_viewed\naggregate: count\nwindow: lifetime\n';
const POLICY =
  'types: [{ type: card, limit: 3, period: ever, strong: true, normalize: number }]\nblocked: { values: [], repeated_digits_from: 2 }\n';
const trigger = (more = ''): string =>
  `name: looks\non: { count: 3, of: { event: product_viewed }, within: 30m }\naction: { channel: none }\n${more}`;

describe('a definitions pack', () => {
  let directory: TemporaryDirectory;

  beforeEach(() => {
    directory = createTemporaryDirectory();
  });

  afterEach(() => {
    directory.remove();
  });

  const write = (path: string, text: string): void => {
    mkdirSync(join(directory.path, path, '..'), { recursive: true });
    writeFileSync(join(directory.path, path), text);
  };
  const load = () => loadPack(directory.path, 'CNY');
  const refusal = (): string => {
    try {
      load();
    } catch (error) {
      if (error instanceof TesseraError && error.code === 'invalid_definition') return error.message;
      throw error;
    }
    return 'accepted';
  };

  it('is empty without its folders', () => {
    expect(load()).toMatchObject({ features: [], triggers: [] });
  });

  it('reads all documents of all files in order of their names, and expands what they say at once', () => {
    write('features/b.yaml', VIEWS);
    write('features/a.yml', `${VIEWS.replace('views', 'looks')}---\n${VIEWS.replace('views', 'more_looks')}`);
    write('features/README.md', 'not a definition');
    write('triggers/t.yaml', trigger());
    const { features, triggers } = load();
    expect(features.map(({ name }) => name)).toEqual(['looks', 'more_looks', 'views']);
    expect(features[0]?.on).toEqual(['product_viewed']);
    expect(triggers).toMatchObject([{ name: 'looks', purpose: 'marketing' }]);
  });

  it('names the file of what is not YAML', () => {
    write('features/broken.yaml', 'name: [views');
    expect(refusal()).toMatch(/^features\/broken\.yaml: /);
    write('features/broken.yaml', 'name: a\nname: b\n');
    expect(refusal()).toMatch(/^features\/broken\.yaml: /);
  });

  it('names the file and the place of what does not fit the schema', () => {
    write('features/views.yaml', VIEWS.replace('count', 'tally'));
    expect(refusal()).toMatch(/^features\/views\.yaml, \/aggregate: /);
    write('features/views.yaml', VIEWS);
    write('triggers/looks.yaml', trigger().replace('count: 3', 'count: 0'));
    expect(refusal()).toMatch(/^triggers\/looks\.yaml, \/on\/count: /);
    write('triggers/looks.yaml', trigger('limit: { ceiling: 3 }\n'));
    expect(refusal()).toMatch(/^triggers\/looks\.yaml, \/limit: /);
    write('triggers/looks.yaml', '');
    expect(refusal()).toBe('accepted');
    write('triggers/looks.yaml', 'just a text');
    expect(refusal()).toMatch(/^triggers\/looks\.yaml, \/: /);
  });

  it('refuses a trigger that asks for a feature which is not there', () => {
    write('features/views.yaml', VIEWS);
    write('triggers/looks.yaml', trigger('when: { feature: vieuws, gt: 3 }\n'));
    expect(refusal()).toMatch(/looks.*vieuws/);
    write('triggers/looks.yaml', trigger('when: { feature: views, gt: 3 }\n'));
    expect(refusal()).toBe('accepted');
  });

  it('refuses what the schema lets pass and the compiler does not, by name', () => {
    write('features/spend.yaml', 'name: spend\non: order_completed\naggregate: sum\nwindow: lifetime\n');
    expect(refusal()).toMatch(/spend/);
  });

  it('refuses two definitions of one name', () => {
    write('features/a.yaml', VIEWS);
    write('features/b.yaml', VIEWS);
    expect(refusal()).toMatch(/views/);
    write('features/b.yaml', VIEWS.replace('views', 'others'));
    write('triggers/a.yaml', trigger());
    write('triggers/b.yaml', trigger());
    expect(refusal()).toMatch(/same name/);
  });

  it('reads the identity policy, or takes the shipped one where the directory has none', () => {
    const shipped = load().identity;
    expect(shipped.types[0]).toMatchObject({ type: 'user_id', strong: true });
    write('identity.yaml', POLICY);
    expect(load().identity).toMatchObject({ types: [{ type: 'card' }], shared: { strong_people_max: 20 } });
    write('identity.yaml', POLICY.replace('limit: 3', 'limit: 0'));
    expect(refusal()).toMatch(/identity policy, \/types\/0\/limit/);
  });
});

describe('the record of a directory', () => {
  const pack: DefinitionsPack = {
    features: [{ name: 'views', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' }],
    triggers: [],
    identity: loadPack('/nowhere', 'CNY').identity,
  };
  const moreFeatures = { ...pack, features: [...pack.features, { ...pack.features[0], name: 'more' }] };

  /** Definitions that fold what they are given. */
  function folding() {
    const definitions = new Definitions({ reportingCurrency: 'CNY' });
    const take = (record: DefinitionsRecord): void =>
      definitions.take(record, recordingContext(new MapView(), { seq: 1, now: 1 }));
    return { definitions, take };
  }

  it('is there the first time, and then only when something in the directory has changed', () => {
    const { definitions, take } = folding();
    const first = recordOfPack(pack, definitions.entry, 'directory main');
    expect(first).toMatchObject({ ...pack, author: 'directory main' });
    take(first as DefinitionsRecord);
    expect(recordOfPack(structuredClone(pack), definitions.entry, 'directory main')).toBeUndefined();
    expect(recordOfPack(moreFeatures as DefinitionsPack, definitions.entry, 'directory main')).toBeDefined();
  });

  it('leaves alone what was changed by other means, also when another kind has changed', () => {
    const { definitions, take } = folding();
    take(recordOfPack(pack, definitions.entry, 'directory main') as DefinitionsRecord);
    const identity = { ...pack.identity, shared: { strong_people_max: 7 } };
    take({ kind: 'definitions', author: 'ann', features: pack.features, triggers: [], identity });
    expect(recordOfPack(pack, definitions.entry, 'directory main')).toBeUndefined();
    const record = recordOfPack(moreFeatures as DefinitionsPack, definitions.entry, 'directory main');
    expect(record).toMatchObject({ identity, features: moreFeatures.features });
    const other = { ...pack, identity: { ...pack.identity, shared: { strong_people_max: 9 } } };
    expect(recordOfPack(other, definitions.entry, 'directory main')).toMatchObject({
      identity: other.identity,
    });
  });
});
