import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonValue } from '../../src/model/json.ts';
import {
  type FlatValue,
  flatValue,
  type ProfileSnapshot,
  snapshotRow,
} from '../../src/model/snapshot-row.ts';
import type { History } from '../../src/ports/history.ts';
import { AT, scalar } from './history-samples.ts';

const snapshot: ProfileSnapshot = {
  profileId: 'snap-p',
  day: '2026-11-20',
  at: AT,
  kind: 'customer',
  lifecycle: 'loyal',
  segments: ['big', 'old'],
  tags: ['vip'],
  tier: 'gold',
  points: 12,
  pending: 3,
  features: {},
  consents: { marketing: true, 'marketing.sms': false },
  events: 4,
  firstSeen: AT,
  lastSeen: null,
};

function line(seq: number, changes: Partial<ProfileSnapshot>): string {
  const cause = { partition: 0, seq, index: 0, ordinal: 0 };
  return JSON.stringify(snapshotRow({ ...snapshot, ...changes }, cause).values);
}

const anyFeature: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\ud800',
    'a\udfff',
    '2026-11-21',
    '2026-11-21T10:00:00Z',
    '12',
    'true',
    'null',
    '{"a.b":1}',
    '',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as JsonValue),
);

/** Features as definitions may name them, the versions that are kept beside a successor too. */
const named = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}(@[1-9])?$/);

export function describeSnapshots(history: () => History): void {
  it('keeps every value of a snapshot as it is, whatever features come to', async () => {
    let seq = 9_500;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(named, anyFeature), { minLength: 1, maxLength: 20 }),
        async (all) => {
          const flat = all.map((values) => {
            const features: Record<string, FlatValue> = {};
            for (const [name, value] of Object.entries(values)) {
              const shown = flatValue(value);
              if (shown !== undefined) features[name] = shown;
            }
            return features;
          });
          const first = seq + 1;
          const lines = flat.map((features) => line(++seq, { profileId: 'snap-values', features }));
          await history().insert({ table: 'profile_snapshots', lines }, `suite:snapshots:${first}`);
          const rows = await history().query(
            `SELECT features FROM profile_snapshots WHERE seq >= ${first} AND profile_id = 'snap-values' ORDER BY seq`,
            'JSONEachRow',
          );
          const kept = rows
            .trimEnd()
            .split('\n')
            .map((row) => (JSON.parse(row) as { features: Record<string, unknown> }).features);
          // ClickHouse has one zero, and gives integers back as texts where a double might not hold them.
          expect(kept.map(plain)).toEqual(flat.map(plain));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('answers of a snapshot one feature, consents and segments, and lets go of who is erased and of what is old', async () => {
    const rows = [
      line(9_901, { profileId: 'snap-gone', features: { spend: 12.5 } }),
      line(9_902, { profileId: 'snap-stays', features: { spend: 3 } }),
      line(9_903, {
        profileId: 'snap-stays',
        day: '2026-10-01',
        at: AT - 50 * 86_400_000,
        features: { spend: 1 },
      }),
    ];
    await history().insert({ table: 'profile_snapshots', lines: rows }, 'suite:snapshots:shown');
    const where = "FROM profile_snapshots WHERE profile_id IN ('snap-gone', 'snap-stays')";
    expect(
      await scalar(
        history(),
        `SELECT sum(features.spend::Float64), groupUniqArray(consents['marketing']), min(has(segments, 'big')) ${where}`,
      ),
    ).toBe('16.5\t[true]\t1');
    const names = { facets: [], profiles: ['snap-gone'], identifiers: [], quarantined: [], until: AT };
    expect(await history().erase(names)).toEqual({ profile_snapshots: 1 });
    const old = { table: 'profile_snapshots', before: AT - 40 * 86_400_000 } as const;
    expect(await history().expire(old, { dry: true })).toBe(1);
    expect(await history().expire(old, { dry: false })).toBe(1);
    expect(await scalar(history(), `SELECT groupArray(seq) ${where}`)).toBe('[9902]');
  });
}

function plain(features: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(features).map(([name, value]) => [name, typeof value === 'number' ? value + 0 : value]),
  );
}
