import { generate } from '../../src/generate/generate.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { formatTable } from '../support/report.ts';
import { type Cause, type Charge, chargeEvents, sumCauses } from './causes.ts';
import type { Evaluated } from './evaluate-seed.ts';

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
  const labelOf = (event: number): string =>
    `${ground.hazard[event] ?? 'no hazard'} · ${ground.labels[ground.label[event] ?? 0] ?? ''}`;
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
    worstGroups(wrong, options.explain, (group) => evaluated.profileIds[group] ?? ''),
    '',
    `Seed ${options.seed}: what costs recall`,
    tableOf(causes.lost, result.engine.pairsLinkable),
    ...causes.lost.flatMap(({ label, examples: dearest }) => [label, ...dearest.map(show)]),
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

function worstGroups(charges: readonly Charge[], count: number, nameOf: (group: number) => string): string {
  const sums = new Map<number, number>();
  for (const { group, pairs } of charges) sums.set(group, (sums.get(group) ?? 0) + pairs);
  const worst = [...sums].sort((a, b) => b[1] - a[1]).slice(0, count);
  return `worst profiles: ${worst.map(([group, pairs]) => `${nameOf(group)} (${Math.round(pairs)} pairs)`).join(', ')}`;
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
