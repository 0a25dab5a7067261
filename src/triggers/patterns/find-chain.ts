import type { TriggerMatch } from '../../model/profile.ts';
import { byTime, forbiddenBefore } from './memory.ts';
import type { ChainStep } from './pattern.ts';

/**
 * Finds the chain of a sequence that an event completes or extends from within: one match for each step, ascending by time
 * and cause, no further apart than the steps allow, with nothing forbidden between them. Of several, the one with the latest
 * last match, then the latest one before, and so on. Which matches can end a chain is found forwards, step by step; the
 * chain itself backwards.
 */
export interface ChainSearch {
  readonly steps: readonly ChainStep[];
  /** Of any key, ascending by time and cause. */
  readonly matches: readonly TriggerMatch[];
  readonly key: string;
  /** Cause of the event that takes part. */
  readonly including: string;
}

export function findChain(search: ChainSearch): readonly TriggerMatch[] | undefined {
  const { steps, key, matches } = search;
  if (!hasAllSteps(search)) return undefined;
  const ours = matches.filter((match) => match.key === key || match.key === null);
  const rows: Row[] = [];
  for (const step of steps.keys()) {
    const row = rowOf(ours, { search, step, before: rows.at(-1) });
    if (row.ends.length === 0) return undefined;
    rows.push(row);
  }
  return backwards(rows);
}

/** Mostly some step is missing, and nothing has to be searched. */
function hasAllSteps({ steps, key, matches }: ChainSearch): boolean {
  let found = 0;
  for (const match of matches) if (match.step >= 0 && match.key === key) found |= 1 << match.step;
  const all = (1 << steps.length) - 1;
  return (found & all) === all;
}

/** A match at which a chain up to its step can end. */
interface End {
  readonly match: TriggerMatch;
  /** Whether a chain that ends here can have the event. */
  readonly has: boolean;
  readonly isEvent: boolean;
}

/** One step: its ends, ascending, and what connects one with a match of the step before. */
interface Row {
  readonly ends: readonly End[];
  readonly connects: (before: TriggerMatch, match: TriggerMatch) => boolean;
}

function rowOf(
  ours: readonly TriggerMatch[],
  {
    search,
    step,
    before,
  }: { readonly search: ChainSearch; readonly step: number; readonly before: Row | undefined },
): Row {
  const connects = connector(ours, search.steps[step] as ChainStep, step);
  const ends: End[] = [];
  for (const match of ours) {
    if (match.step !== step || match.key === null) continue;
    const isEvent = match.cause === search.including;
    if (before === undefined) {
      ends.push({ match, has: isEvent, isEvent });
      continue;
    }
    const links = before.ends.filter((end) => connects(end.match, match));
    if (links.length > 0) ends.push({ match, has: isEvent || links.some(({ has }) => has), isEvent });
  }
  return { ends, connects };
}

function connector(ours: readonly TriggerMatch[], { withinMs }: ChainStep, step: number): Row['connects'] {
  const forbidden = ours.filter((match) => match.step === forbiddenBefore(step));
  return (before, match) =>
    byTime(before, match) < 0 &&
    match.time - before.time <= withinMs &&
    !forbidden.some(({ time }) => time > before.time && time < match.time);
}

function backwards(rows: readonly Row[]): readonly TriggerMatch[] | undefined {
  const chain: TriggerMatch[] = [];
  let has = false;
  for (let step = rows.length - 1; step >= 0; step--) {
    const { ends } = rows[step] as Row;
    const next = chain[0];
    const connects = rows[step + 1]?.connects;
    const end = ends.findLast(
      (each) =>
        (has || each.has) && (next === undefined || connects === undefined || connects(each.match, next)),
    );
    if (end === undefined) return undefined;
    has ||= end.isEvent;
    chain.unshift(end.match);
  }
  return chain;
}
