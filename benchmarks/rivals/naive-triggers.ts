import type { BenchPattern, BenchTrigger } from '../support/definitions.ts';
import { durationMs, featureValue, type NaiveEvent, type Profile, startsWith } from './naive-features.ts';

/*
 * The triggers of the suite, one look at each per event: what a pattern remembers is a field of the profile's hash, and an absence keeps
 * the moment at which it is due for each key (a second process, which the rival is spared, would wake up for it).
 */
export function applyTriggers(
  event: NaiveEvent,
  triggers: readonly BenchTrigger[],
  profile: Profile,
): readonly string[] {
  const decided: string[] = [];
  for (const { name, on } of triggers) {
    if (decide(event, { field: `t:${name}`, on, profile })) decided.push(name);
  }
  return decided;
}

interface Watch {
  readonly field: string;
  readonly on: BenchPattern;
  readonly profile: Profile;
}

function decide(event: NaiveEvent, { field, on, profile }: Watch): boolean {
  const { fields, changed, now } = profile;
  const remembered = fields[field];
  if ('feature' in on) {
    const holds = Number(featureValue(on.feature, profile)) >= on.gte;
    if (holds === (remembered === '1')) return false;
    changed[field] = holds ? '1' : '0';
    return holds;
  }
  if ('count' in on) {
    if (!matches(event, on.of)) return false;
    const since = now - durationMs(on.within);
    const times = (JSON.parse(remembered ?? '[]') as number[]).filter((time) => time > since);
    times.push(now);
    const complete = times.length >= on.count;
    changed[field] = complete ? '[]' : JSON.stringify(times);
    return complete;
  }
  const [first, second] = on.sequence;
  if ('not' in second) {
    const key = 'key' in first ? String(event.properties[first.key.slice('properties.'.length)]) : '';
    const due = JSON.parse(remembered ?? '{}') as Record<string, number>;
    if (matches(event, first)) due[key] = now + durationMs(second.within);
    else if (matches(event, second.not)) delete due[key];
    else return false;
    changed[field] = JSON.stringify(due);
    return false;
  }
  if (matches(event, first)) changed[field] = String(now);
  if (!matches(event, second) || remembered === undefined) return false;
  const complete = now - Number(remembered) <= durationMs(second.within);
  if (complete) changed[field] = '0';
  return complete;
}

interface Pattern {
  readonly event: string;
  readonly where?: { readonly 'properties.category': { readonly starts_with: string } };
}

function matches(event: NaiveEvent, { event: type, where }: Pattern): boolean {
  return (
    event.type === type &&
    (where === undefined || startsWith(event, where['properties.category'].starts_with))
  );
}
