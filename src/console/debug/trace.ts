import type { Firing } from '../../sdk/client/client.ts';
import type { Saying } from '../parts/saying.tsx';

/** What became of one receipt of an event. A section that there is nothing to say of is absent. */
export interface Trace {
  /** What its sender calls it; absent of what was not understood that far. */
  readonly event_id?: string;
  readonly source: string;
  readonly type: string;
  readonly channel: string;
  readonly store?: string;
  readonly status: string;
  /** Why it was not applied. */
  readonly code?: string;
  readonly late?: boolean;
  readonly times: Readonly<Partial<Record<TimeName, number | null>>>;
  readonly position?: { readonly partition: number; readonly seq: number; readonly index: number };
  readonly identity?: TracedIdentity;
  readonly features?: readonly TracedFeature[];
  readonly segments?: readonly TracedSegment[];
  readonly points?: readonly TracedPoints[];
  readonly triggers?: { readonly decisions: readonly Firing[]; readonly looked: readonly string[] };
  readonly history?: { readonly present: boolean };
  readonly quarantine?: TracedFault;
  readonly known?: { readonly times: 'measured' | 'stored'; readonly sentences: readonly Saying[] };
}

export interface TracedIdentity {
  readonly profile_id?: string;
  readonly profile_id_then?: string;
  readonly identifiers?: readonly {
    readonly type: string;
    readonly value: string;
    readonly verified?: boolean;
  }[];
  readonly changes?: readonly {
    readonly change: string;
    readonly rule?: string;
    readonly reason?: string;
  }[];
  readonly merges?: readonly { readonly winner: string; readonly loser: string; readonly rule?: string }[];
}

export interface TracedFeature {
  readonly feature: string;
  readonly value: unknown;
  readonly partial?: boolean;
}

export interface TracedSegment {
  readonly segment: string;
  readonly change: string;
}

export interface TracedPoints {
  readonly kind: string;
  readonly points: number;
  readonly reason?: string;
}

export interface TracedFault {
  readonly id: string;
  readonly code: string;
  readonly path?: string;
  readonly message?: string;
}

export type TimeName = 'event' | 'received' | 'appended' | 'applied' | 'in_history';

/** In the order in which they happen. */
const TIMES: readonly TimeName[] = ['event', 'received', 'appended', 'applied', 'in_history'];

export interface Step {
  readonly name: TimeName;
  readonly at: number;
  /** Since the step before; absent of the first one. */
  readonly afterMs?: number;
}

/** The times that are known, each with how long it took from the one before. */
export function stepsOf(times: Trace['times']): readonly Step[] {
  const steps: Step[] = [];
  for (const name of TIMES) {
    const at = times[name];
    if (at === undefined || at === null) continue;
    const before = steps.at(-1);
    steps.push(before === undefined ? { name, at } : { name, at, afterMs: at - before.at });
  }
  return steps;
}

/** Whether history is still to come, which knows the most of what an event has done. */
export function isGrowing({ status, history }: Trace): boolean {
  return (status === 'applied' || status === 'quarantined') && history?.present === false;
}
