import type { IdentityPolicy } from '../../model/identity-policy.ts';
import type { EpochMs } from '../../model/time.ts';
import type { PolicyPair, Replayed } from './replay-policies.ts';

export interface NotedInput {
  readonly policies: PolicyPair;
  /** Since when the policy in force is in force. */
  readonly since: EpochMs;
  readonly replayed: Replayed;
  readonly from: EpochMs | undefined;
}

/** What a report cannot know, in sentences: only what concerns these policies and this stretch of the past. */
export function notesOf({ policies, since, replayed, from }: NotedInput): readonly string[] {
  const { firstReceivedAt, usedHistory, idleDecisions, baseline, simulated } = replayed;
  const notes: string[] = [];
  if (from !== undefined) {
    notes.push('The replay begins with nobody: what was known before `from` is not part of it.');
  }
  if (firstReceivedAt !== undefined && since > firstReceivedAt) {
    notes.push(
      `The policy in force has been so since ${new Date(since).toISOString()}; the baseline applies it to all ` +
        'events, so it may differ from the live profiles.',
    );
  }
  if (usedHistory) {
    notes.push(
      'The log no longer reaches back far enough, so older events came from history. History has no commands: ' +
        "operators' merges, unmerges and decisions of that time are not part of the replay.",
    );
  }
  if (idleDecisions > 0) {
    notes.push(
      `${idleDecisions} decisions about reviews were left out, because the question did not come up in the replay.`,
    );
  }
  const failed = baseline.counts.failed + simulated.counts.failed;
  if (failed > 0) notes.push(`${failed} records could not be folded and were left out.`);
  return [...notes, ...policyNotes(policies)];
}

/** Where the policies differ in what only ingest could apply, since it alone sees values. */
function policyNotes({ baseline, simulated }: PolicyPair): readonly string[] {
  const notes: string[] = [];
  const differs = (part: (policy: IdentityPolicy) => unknown): boolean =>
    JSON.stringify(part(baseline)) !== JSON.stringify(part(simulated));
  const kept = new Set(simulated.types.map(({ type }) => type));
  const gone = baseline.types.filter(({ type }) => !kept.has(type)).map(({ type }) => type);
  if (gone.length > 0) notes.push(`Claims of types without a rule were left out: ${gone.join(', ')}.`);
  const before = new Map(baseline.types.map((rule) => [rule.type, rule]));
  const fresh = simulated.types.filter(({ type }) => !before.has(type)).map(({ type }) => type);
  if (fresh.length > 0) notes.push(`Identifiers of new types were never kept: ${fresh.join(', ')}.`);
  const read = simulated.types.filter((rule) => {
    const old = before.get(rule.type);
    return old !== undefined && (old.normalize !== rule.normalize || old.issuer !== rule.issuer);
  });
  if (read.length > 0) {
    notes.push(`Identifiers stay as they were read, also of: ${read.map(({ type }) => type).join(', ')}.`);
  }
  const stronger = simulated.types.filter(({ type, strong }) => strong && before.get(type)?.strong === false);
  if (stronger.length > 0) {
    notes.push(
      `Claims count as stated where they were weak: ${stronger.map(({ type }) => type).join(', ')}.`,
    );
  }
  if (differs(({ blocked }) => blocked.values) || differs(({ blocked }) => blocked.repeated_digits_from)) {
    notes.push(
      'Blocked values are recognized as listed, in lower or upper case or capitalized; other ways to write them are ' +
        'not, and values that are blocked no longer were never kept.',
    );
  }
  if (differs(({ blocked }) => [blocked.email_domains, blocked.phone_prefixes])) {
    notes.push(
      'Blocked e-mail domains and phone prefixes cannot be told from what was kept: they change nothing.',
    );
  }
  if (differs(({ sources }) => sources)) {
    notes.push('Rules about sources were applied when events came in: others change nothing.');
  }
  return notes;
}
