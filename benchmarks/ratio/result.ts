import { formatSpread, formatTable, type Spread, spreadOf } from '../support/report.ts';
import type { Measured } from './bench.ts';

/** One figure of issue and README: a ratio within pairs, and what it is to be. */
export interface Ratio {
  readonly row: number;
  readonly name: string;
  readonly goal: number;
  readonly floor: number;
  /** Whether more is better. */
  readonly better: 'more' | 'less';
  readonly values: readonly number[];
  /** What keeps it from being better, out of the same figures. */
  readonly limit: string;
}

/** What the ratios are made of: one line for each thing that was measured. */
export interface Costs {
  readonly name: string;
  readonly slices: readonly Measured[];
}

export interface RowResult {
  readonly ratios: readonly Ratio[];
  readonly costs: readonly Costs[];
  /** What else is to be known, as sentences. */
  readonly notes: readonly string[];
}

export function medianOf(slices: readonly Measured[], read: (slice: Measured) => number): number {
  return spreadOf(slices.map(read)).median;
}

/** Of pairs that stand at the same place of two lists. */
export function ratiosOf(
  of: readonly Measured[],
  to: readonly Measured[],
  read: (slice: Measured) => number,
): readonly number[] {
  return of.map((slice, n) => read(slice) / read(to[n] as Measured));
}

export const cpu = ({ use }: Measured): number => use.node;

/** How the CPU time of an event is shared out, for the column that says what limits a ratio. */
export function sharesOf(slices: readonly Measured[]): string {
  const all = medianOf(slices, cpu);
  const main = medianOf(slices, ({ use }) => use.main);
  const beside = Object.keys(slices[0]?.use.beside ?? {}).map(
    (name) => `${name} ${medianOf(slices, ({ use }) => use.beside[name] ?? 0).toFixed(1)}`,
  );
  const others = `${main.toFixed(1)} µs JavaScript thread, ${(all - main).toFixed(1)} other threads (collector, compiler, log and state)`;
  return beside.length === 0 ? others : `${others}; beside: ${beside.join(', ')}`;
}

export function formatRatios(ratios: readonly Ratio[]): string {
  const rows = ratios.map((ratio) => {
    const { row, name, goal, floor, better, limit } = ratio;
    const sign = better === 'more' ? '≥' : '≤';
    const spread = spreadOf(ratio.values);
    return [
      String(row),
      name,
      `${sign} ${goal}`,
      `${sign} ${floor}`,
      formatSpread(spread, 2),
      verdictOf(ratio, spread),
      limit,
    ];
  });
  const head = ['#', 'ratio', 'goal', 'floor', 'reached: median (lowest–highest)', '', 'what limits it'];
  return formatTable(head, rows);
}

function verdictOf({ goal, floor, better }: Ratio, { median }: Spread): string {
  const reaches = (bound: number): boolean => (better === 'more' ? median >= bound : median <= bound);
  if (reaches(goal)) return 'goal';
  return reaches(floor) ? 'floor' : 'missed';
}

export function formatCosts(costs: readonly Costs[]): string {
  const names = [...new Set(costs.flatMap(({ slices }) => Object.keys(slices[0]?.use.beside ?? {})))];
  const rows = costs.map(({ name, slices }) => {
    const of = (read: (slice: Measured) => number, digits: number): string =>
      formatSpread(spreadOf(slices.map(read)), digits);
    return [
      name,
      of(cpu, 1),
      of(({ use }) => use.main, 1),
      ...names.map((server) =>
        slices[0]?.use.beside[server] === undefined ? '' : of(({ use }) => use.beside[server] ?? 0, 1),
      ),
      of(({ perSecond }) => perSecond, 0),
      of(({ latencyMs }) => latencyMs.p50, 2),
      of(({ latencyMs }) => latencyMs.p99, 2),
    ];
  });
  const head = [
    'per event',
    'CPU µs, Node',
    'of it JavaScript thread',
    ...names,
    'events/s',
    'p50 ms',
    'p99 ms',
  ];
  return formatTable(head, rows);
}
