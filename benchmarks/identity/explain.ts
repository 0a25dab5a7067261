import { generate } from '../../src/generate/generate.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { formatTable } from '../support/report.ts';
import { type Cause, type Charge, chargeEvents, sumCauses } from './causes.ts';
import type { Evaluated } from './evaluate-seed.ts';
import { NONE } from './pairs.ts';

interface ExplainOptions {
  readonly shoppers: number;
  readonly seed: number;
  readonly days: number;
  /** How many causes, and examples of each. */
  readonly explain: number;
}

/** What costs most precision and recall, with events of each cause as they were sent. */
export function explain(evaluated: Evaluated, options: ExplainOptions): string {
  const { ground, profile, linkable, result } = evaluated;
  const hazardOf = (event: number): string => ground.hazard[event] ?? 'no hazard';
  const labelOf = (event: number): string =>
    `${hazardOf(event)} · ${ground.labels[ground.label[event] ?? 0] ?? ''}`;
  const wrong = chargeEvents(profile, ground.person);
  const lost = chargeEvents(linkable, profile);
  const causes = {
    wrong: sumCauses(wrong, labelOf, options.explain).slice(0, options.explain),
    lost: sumCauses(lost, labelOf, options.explain).slice(0, options.explain),
  };
  const examples = [...causes.wrong, ...causes.lost].flatMap((cause) => cause.examples);
  const events = eventsByNumber(options, new Set(examples));
  const profileOf = (event: number): string => evaluated.profileIds[profile[event] ?? -1] ?? 'no profile';
  const show = (event: number): string =>
    `    person ${ground.person[event]}, ${profileOf(event)}: ${JSON.stringify(events.get(event))}`;
  return [
    `Seed ${options.seed}: what costs precision`,
    tableOf(causes.wrong, result.engine.pairsClaimed),
    ...causes.wrong.flatMap(({ label, examples: dearest }) => [label, ...dearest.map(show)]),
    'worst profiles, by person',
    ...describeGroups(wrong, {
      groupOf: profile,
      classOf: ground.person,
      hazardOf,
      nameOf: (person) => `person ${person}`,
      count: options.explain,
    }),
    '',
    `Seed ${options.seed}: what costs recall`,
    tableOf(causes.lost, result.engine.pairsLinkable),
    ...causes.lost.flatMap(({ label, examples: dearest }) => [label, ...dearest.map(show)]),
    'worst groups of linkable events, by profile',
    ...describeGroups(lost, {
      groupOf: linkable,
      classOf: profile,
      hazardOf,
      nameOf: (name) => evaluated.profileIds[name] ?? 'no profile',
      count: options.explain,
    }),
    '',
    '',
  ].join('\n');
}

function tableOf(causes: readonly Cause[], pairs: number): string {
  const rows = causes.map((cause) => [
    cause.label,
    cause.events.toLocaleString('en'),
    Math.round(cause.pairs).toLocaleString('en'),
    `${((100 * cause.pairs) / pairs).toFixed(4)} %`,
  ]);
  return formatTable(['cause', 'events', 'pairs', 'of all pairs'], rows);
}

/** The groups that are charged most, each with its classes and what was hard about their events. */
function describeGroups(
  charges: readonly Charge[],
  { groupOf, classOf, hazardOf, nameOf, count }: GroupsOptions,
): readonly string[] {
  const sums = new Map<number, number>();
  for (const { group, pairs } of charges) sums.set(group, (sums.get(group) ?? 0) + pairs);
  const worst = new Map([...sums].sort((a, b) => b[1] - a[1]).slice(0, count));
  const classes = new Map<number, Map<number, Map<string, number>>>();
  for (let event = 0; event < groupOf.length; event++) {
    const group = groupOf[event] ?? NONE;
    if (!worst.has(group)) continue;
    const hazards = entryOf(entryOf(classes, group), classOf[event] ?? NONE);
    const hazard = hazardOf(event);
    hazards.set(hazard, (hazards.get(hazard) ?? 0) + 1);
  }
  return [...worst].map(([group, pairs]) => {
    const parts = [...(classes.get(group) ?? [])].map(([name, hazards]) => {
      const counts = [...hazards].map(([hazard, events]) => `${events} ${hazard}`);
      return `${nameOf(name)}: ${counts.join(', ')}`;
    });
    return `    ${Math.round(pairs)} pairs: ${parts.slice(0, CLASSES_SHOWN).join(' | ')}`;
  });
}

interface GroupsOptions {
  readonly groupOf: ArrayLike<number>;
  readonly classOf: ArrayLike<number>;
  readonly hazardOf: (event: number) => string;
  readonly nameOf: (name: number) => string;
  readonly count: number;
}

const CLASSES_SHOWN = 8;

function entryOf<K, V>(map: Map<number, Map<K, V>>, key: number): Map<K, V> {
  const present = map.get(key) ?? new Map<K, V>();
  map.set(key, present);
  return present;
}

/** The stream is the same for the same seed: what it held can be looked up again. */
function eventsByNumber(
  { shoppers, seed, days }: ExplainOptions,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, JsonObject> {
  const found = new Map<number, JsonObject>();
  for (const { number, event, repeat } of generate({ shoppers, seed, days }).items())
    if (!repeat && wanted.has(number)) found.set(number, event);
  return found;
}
