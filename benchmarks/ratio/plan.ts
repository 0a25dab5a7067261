import { parseArgs } from 'node:util';
import { PEOPLE } from '../support/traffic.ts';

export interface Plan {
  readonly quick: boolean;
  readonly pairs: number;
  /** How long a slice of load is to take; how many requests that are is found out while warming up. */
  readonly sliceMs: number;
  /** Instead of that: so many requests of one event, and a tenth as many batches. */
  readonly requests: number | undefined;
  readonly connections: number;
  readonly people: number;
  /** Row 4: how many profiles are known, few and many. */
  readonly fewProfiles: number;
  readonly manyProfiles: number;
  /** Where they are kept. */
  readonly forms: readonly Form[];
  /** Features over a lifetime only and no trigger, so that little is kept of each. */
  readonly small: boolean;
  /** Rows to measure, by their numbers. */
  readonly rows: ReadonlySet<number>;
  /** The scripts of k6: with all rows, or where the list of rows names them. */
  readonly k6: boolean;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
}

export const FORMS = ['LMDB', 'Redis'] as const;
export type Form = (typeof FORMS)[number];

export const BATCH = 100;
const ROWS = 10;

/** `--quick` checks that everything runs, not how fast. */
export function readPlan(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      pairs: { type: 'string' },
      requests: { type: 'string' },
      'slice-ms': { type: 'string' },
      people: { type: 'string' },
      profiles: { type: 'string' },
      forms: { type: 'string', default: FORMS.join() },
      small: { type: 'boolean', default: false },
      rows: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
    },
  });
  const { quick } = values;
  const named = values.rows?.split(',');
  const requests = values.requests ?? (quick ? '100' : undefined);
  return {
    quick,
    pairs: Number(values.pairs ?? (quick ? 1 : 7)),
    sliceMs: Number(values['slice-ms'] ?? 1_500),
    requests: requests === undefined ? undefined : Number(requests),
    connections: 32,
    people: Number(values.people ?? (quick ? 200 : PEOPLE)),
    fewProfiles: quick ? 200 : 10_000,
    manyProfiles: Number(values.profiles ?? (quick ? 1_000 : 1_000_000)),
    forms: FORMS.filter((form) => values.forms.split(',').includes(form)),
    small: values.small,
    rows: new Set(named?.map(Number) ?? Array.from({ length: ROWS }, (_, n) => n + 1)),
    k6: named?.includes('k6') ?? true,
    json: values.json,
    markdown: values.markdown,
  };
}
