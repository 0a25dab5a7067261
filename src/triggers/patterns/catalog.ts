import { limits } from '../../limits.ts';
import type { Header, TriggerMatch } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CatalogMoment } from '../../model/trigger.ts';
import { type Candidate, firingId } from '../candidate.ts';
import type { CompiledTrigger, TriggerSet } from '../compile.ts';
import { boundMatches, byTime, CLOSING, dropEmpty, forget, memoryOf, remember } from './memory.ts';
import type { CatalogKind } from './pattern.ts';
import type { Sighting } from './sighting.ts';

/*
 * Somebody waits for an item: what they did is remembered for a while, and an entry under the item says who waits, so that a
 * moment of the catalog finds them without looking at profiles. Nobody is told of what they asked for after it came, or of
 * what they have bought or put aside since: what ends an interest is remembered beside it, so that either may arrive first.
 */
export function seeInterest(trigger: CompiledTrigger, pattern: CatalogKind, sighting: Sighting): void {
  const { event } = sighting;
  if (event.time + pattern.forMs <= sighting.now) return;
  const key = pattern.interest(event) ? pattern.key(event) : undefined;
  if (key !== undefined) note(trigger, { step: 0, key, pattern }, sighting);
  for (const { matches, items } of pattern.ends) {
    if (!matches(event)) continue;
    for (const item of items(event)) note(trigger, { step: CLOSING, key: item, pattern }, sighting);
  }
}

function note(
  trigger: CompiledTrigger,
  { step, key, pattern }: { readonly step: number; readonly key: string; readonly pattern: CatalogKind },
  sighting: Sighting,
): void {
  const { event, cause, now, header } = sighting;
  const { time, facet } = event;
  remember(
    memoryOf(header, trigger),
    { step, time, cause, key, facet },
    { matches: limits.triggerMatchesMax, since: now - pattern.forMs },
  );
  sighting.changed = true;
}

/** Whether something that came later than an interest has ended it. */
function isEnded(matches: readonly TriggerMatch[], interest: TriggerMatch): boolean {
  return matches.some(
    (match) => match.step === CLOSING && match.key === interest.key && byTime(match, interest) > 0,
  );
}

/** What a moment completes: of a variant, also for those who wait for any of its product. */
export function candidatesOfMoment(
  header: Header,
  moment: CatalogMoment,
  { byMoment, at }: Pick<TriggerSet, 'byMoment'> & { readonly at: EpochMs },
): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const trigger of byMoment.get(moment.kind) ?? []) {
    const { pattern } = trigger;
    if (pattern.kind !== 'catalog') continue;
    const memory = memoryOf(header, trigger);
    boundMatches(memory, { matches: limits.triggerMatchesMax, since: at - pattern.forMs });
    const interest = interestIn(memory.matches, moment, pattern);
    if (interest !== undefined && isDeepEnough(moment, pattern))
      found.push(candidateOf(trigger, interest, { header, moment, at }));
    dropEmpty(header, trigger);
  }
  return found;
}

/** The newest, in the variant before the product. */
function interestIn(
  matches: readonly TriggerMatch[],
  { item, variant, at }: CatalogMoment,
  { forMs }: CatalogKind,
): TriggerMatch | undefined {
  const waits = (key: string | undefined): TriggerMatch | undefined =>
    matches.findLast(
      (match) =>
        match.step === 0 &&
        match.key === key &&
        match.time <= at &&
        match.time + forMs > at &&
        !isEnded(matches, match),
    );
  return (variant === undefined ? undefined : waits(variant)) ?? waits(item);
}

function isDeepEnough(
  { price_before: before, price_now: now }: CatalogMoment,
  { moment, dropPercent }: CatalogKind,
): boolean {
  if (moment !== 'price_drop') return true;
  if (before === undefined || now === undefined || before <= 0) return dropPercent === 0;
  return (before - now) * 100 >= dropPercent * before;
}

function candidateOf(
  trigger: CompiledTrigger,
  interest: TriggerMatch,
  { header, moment, at }: { readonly header: Header; readonly moment: CatalogMoment; readonly at: EpochMs },
): Candidate {
  const { id, kind, at: momentAt, ...what } = moment;
  const key = interest.key ?? '';
  // A moment concerns many: what each of them asked for tells their decisions apart.
  const cause = `${id}\0${interest.cause}`;
  return {
    trigger,
    key,
    cause,
    id: firingId(trigger.name, key, cause),
    at,
    trace: {
      catalog: kind,
      ...what,
      moment_at: momentAt,
      interested_at: interest.time,
    },
    // Whoever asked for the variant and for its product hears of it once: the walk comes by under both names.
    useUp: () => {
      const memory = memoryOf(header, trigger);
      for (const name of [key, moment.variant, moment.item]) if (name !== undefined) forget(memory, name);
      dropEmpty(header, trigger);
    },
  };
}

/** The items that somebody waits for, ascending. */
export function itemsWaitedFor(
  { triggers }: Header,
  { byName }: Pick<TriggerSet, 'byName'>,
): readonly string[] {
  const items = new Set<string>();
  for (const [name, { matches, under }] of triggers) {
    const trigger = byName.get(name);
    if (trigger?.pattern.kind !== 'catalog' || trigger.patternVersion !== under) continue;
    for (const match of matches)
      if (match.step === 0 && match.key !== null && !isEnded(matches, match)) items.add(match.key);
  }
  return [...items].sort();
}
