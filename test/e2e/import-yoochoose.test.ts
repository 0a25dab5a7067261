import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedData } from '../cli/import/import-run.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { expectNothingNew, expectOneRowPerEvent } from './support/import-again.ts';
import { importFile } from './support/importer.ts';
import { readBooks } from './support/totals.ts';

const train = sharedData('yoochoose-100k-train.tsv');
const held = sharedData('yoochoose-100k-test.tsv');
const CLICKS = 83_846;
const FACTS =
  'SELECT count() AS clicks, uniqExact(profile_id) AS sessions, uniqExact(item_id) AS items FROM events';

/** Seconds where nothing else runs; two shared cores may take minutes. */
const PATIENCE_MS = 300_000;

describe.skipIf(train.missing || held.missing)(
  'YooChoose clicks through the engine (skipped where ../shared/data is absent)',
  () => {
    const place = new EnginePlace();
    let api: EngineApi;
    const options = (file: string) => ({ api, file, map: 'yoochoose', directory: place.path });
    beforeAll(async () => {
      ({ api } = await place.start());
      await importFile({ ...options(train.path), name: 'train' });
      await api.settled();
    }, PATIENCE_MS);
    afterAll(() => place.remove());

    it('has the facts of the training file in ClickHouse', async () => {
      expect(await api.numbers(FACTS)).toEqual({ clicks: 70_278, sessions: 17_794, items: 2_933 });
    });

    it(
      'has the facts of both files in ClickHouse and in the profiles',
      async () => {
        await importFile({ ...options(held.path), name: 'held' });
        await api.settled();
        const sessions = sessionsOf([train.path, held.path]);
        const items = new Set([...sessions.values()].flat());
        expect(await api.numbers(FACTS)).toEqual({ clicks: CLICKS, sessions: 21_210, items: items.size });
        await expectOneRowPerEvent(api, CLICKS);
        const { people, sums } = await readBooks(api, ['views_lifetime']);
        expect({ people: people.length, ...sums }).toEqual({ people: 21_210, views_lifetime: CLICKS });
        const wrong = people.filter(
          ({ identifiers, values }) =>
            values.views_lifetime !== sessions.get(identifiers.anonymous_id?.[0] ?? '')?.length,
        );
        expect(wrong.slice(0, 5)).toEqual([]);
      },
      PATIENCE_MS,
    );

    it(
      'changes no byte of state and no row of history when both are imported again',
      async () => {
        await expectNothingNew({ ...options(train.path), name: 'train-again' });
        await expectNothingNew({ ...options(held.path), name: 'held-again' });
        await expectOneRowPerEvent(api, CLICKS);
      },
      PATIENCE_MS,
    );
  },
);

/** The oracle: the items of every session, in the order of the files. */
function sessionsOf(paths: readonly string[]): Map<string, string[]> {
  const sessions = new Map<string, string[]>();
  for (const path of paths) {
    for (const line of readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)) {
      const [session = '', item = ''] = line.split('\t');
      const items = sessions.get(`yc-${session}`) ?? [];
      items.push(item);
      sessions.set(`yc-${session}`, items);
    }
  }
  return sessions;
}
