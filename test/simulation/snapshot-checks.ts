import { historyColumns } from '../../src/model/history-rows.ts';
import { PEOPLE } from './replica.ts';
import type { World } from './world.ts';

const TABLE = 'profile_snapshots';
const PROFILE = historyColumns[TABLE].indexOf('profile_id');
const DAY = historyColumns[TABLE].indexOf('day');

/** Profiles and days of which history got more than one snapshot; all of them are counted. */
export function snapshotsTwice(world: World): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const partition of PEOPLE) {
    for (const row of world.historyOf(partition)) {
      if (!row.startsWith(`${TABLE}\t`)) continue;
      world.count('snapshot');
      const values = JSON.parse(row.slice(TABLE.length + 1)) as unknown[];
      const named = `${String(values[PROFILE])} ${String(values[DAY])}`;
      if (seen.has(named)) twice.push(`two snapshots of ${named}`);
      seen.add(named);
    }
  }
  return twice;
}
