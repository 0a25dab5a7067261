import { formatTable } from '../support/report.ts';
import type { SeedResult } from './evaluate-seed.ts';
import type { Measures } from './measure.ts';

export interface Summary {
  readonly machine: string;
  readonly shoppers: number;
  readonly days: number;
  readonly results: readonly SeedResult[];
}

const DEFINITIONS = `
Precision: of all pairs of events that are in one profile, the share that one person did. The stable anonymous profile
  of a shared identifier and the unattributed profile claim to be nobody: their events are in no pair. For the
  union-find nothing is left out.
Recall: of all linkable pairs, the share that is in one profile. A pair is linkable when both events are one person's and
  connected through identifiers that this person alone uses in the data; a recycled number counts as two identifiers,
  one per owner. Events that no profile claims count as not found.
Union-find: every identifier joins, after the normalization and without the blocked values of the shipped policy.
Collapsed: profiles with events of several people. Split: groups of linkable events that are spread over profiles.
Known: profiles with an identifier that names a person; the others are traces of devices and cookies.
`;

export function printResults({ machine, shoppers, days, results }: Summary, path: string): string {
  const count = (value: number): string => value.toLocaleString('en');
  const quality = (name: string, measures: Measures): string[] => [
    name,
    measures.precision.toFixed(5),
    measures.recall.toFixed(5),
    count(measures.profiles),
    count(measures.collapsed),
    count(measures.split),
    `${count(measures.largestEvents)} / ${count(measures.largestPeople)}`,
  ];
  const head = ['', 'precision', 'recall', 'profiles', 'collapsed', 'split', 'largest: events / people'];
  const rows = results.flatMap(({ seed, engine, baseline }) => [
    quality(`seed ${seed}, Tessera`, engine),
    quality(`seed ${seed}, union-find`, baseline),
  ]);
  const work = results.map(({ seed, events, repeats, missing, people, found, ...run }) => [
    `seed ${seed}`,
    count(events),
    count(repeats),
    count(missing),
    `${count(people)} / ${count(found.known)}`,
    count(found.sharedIdentifiers),
    count(found.blockedIdentifiers),
    count(run.changes.review_opened ?? 0),
    count(run.eventsPerSecond),
    `${Math.round(run.peakHeapBytes / 2 ** 20)} MB`,
  ]);
  const workHead = [
    '',
    'events',
    'repeats',
    'missing',
    'people true / known',
    'shared',
    'blocked',
    'reviews',
    'events/s',
    'peak heap',
  ];
  return [
    `Machine: ${machine}`,
    `${count(shoppers)} shoppers over ${days} days`,
    '',
    formatTable(head, rows),
    '',
    formatTable(workHead, work),
    DEFINITIONS,
    `All figures: ${path}`,
    '',
  ].join('\n');
}
