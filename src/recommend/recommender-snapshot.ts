import type { RecentSessions, RecentSessionsOptions } from './recent-sessions.ts';
import { DEFAULT_CAPACITY, DEFAULT_PARAMETERS } from './session-parameters.ts';
import { readSessions, sessionParts } from './session-snapshot.ts';
import { jsonPart, malformed, PartReader } from './snapshot-parts.ts';
import type { TrendingCounters } from './trending-counters.ts';

export interface RecommenderParts {
  readonly sessions: RecentSessions;
  readonly baskets: RecentSessions;
  readonly trending: TrendingCounters;
}

const VERSION = 2;

/** Part by part; nothing may be learned between the first one and the last. */
export function* recommenderParts({ sessions, baskets, trending }: RecommenderParts): Iterable<Uint8Array> {
  yield jsonPart(VERSION);
  yield* sessionParts(sessions);
  yield* sessionParts(baskets);
  yield* trending.parts();
}

/** Throws `data_format` for what `recommenderParts` of this version has not written. */
export function readRecommender(bytes: Uint8Array, trending: TrendingCounters): RecommenderParts {
  const reader = new PartReader(bytes);
  if (reader.json() !== VERSION) throw malformed();
  const [sessions, baskets] = [readSessions(reader), readSessions(reader)];
  trending.read(reader);
  reader.end();
  return { sessions, baskets, trending };
}

/** An index that was made by other settings would go on by those. */
export function checkSameSettings(
  index: RecentSessions,
  { parameters, capacity }: RecentSessionsOptions,
): void {
  const wanted = { ...DEFAULT_PARAMETERS, ...parameters, ...DEFAULT_CAPACITY, ...capacity };
  const known: Readonly<Record<string, unknown>> = { ...index.parameters, ...index.capacity };
  for (const [name, value] of Object.entries(wanted)) if (known[name] !== value) throw malformed();
}
