import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import type {
  AccessKeyChange,
  AccessKeyEntry,
  AccessKeys,
  KeptSecret,
  SecretRecord,
} from '../model/access-key.ts';
import type { Outcome } from '../model/effect.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { StateView } from '../model/view.ts';

/**
 * Keys that the engine has made lie with identity, whose log is the one order of everything: so of two who take the same
 * name one gets it, and a replay knows every key again. There are few of them, and all are one entry, which every node
 * reads as a whole. Digests come from the desk: what they are keyed with is no part of the log.
 */
const NONE: AccessKeys = Object.freeze({ keys: [] });

export function accessKeyNeeds(view: StateView): string[] {
  return view.has(keys.accessKeys) ? [] : [keys.accessKeys];
}

/** Applies the change, or refuses it: then nothing has changed. */
export function foldAccessKey(change: AccessKeyChange, author: string, context: FoldContext): Outcome {
  const before = context.view.get<AccessKeys>(keys.accessKeys) ?? NONE;
  const by = { author, now: context.now };
  const changed = change.action === 'create' ? created(change, before, by) : changedIn(before, change, by);
  if (typeof changed === 'string') return { status: 'refused', code: changed, profileId: '', firings: [] };
  const after: AccessKeys = { keys: withoutOldest(changed) };
  context.view.put(keys.accessKeys, after);
  return { status: 'applied', profileId: '', firings: [], detail: { id: change.id } };
}

interface By {
  readonly author: string;
  readonly now: number;
}

type Changed = readonly AccessKeyEntry[] | ErrorCode;

function created(
  { id, name, kind, terms, secret }: Extract<AccessKeyChange, { action: 'create' }>,
  { keys: known }: AccessKeys,
  { author, now }: By,
): Changed {
  // The same record once more, after a retry that nobody heard of the end of.
  if (known.some((each) => each.id === id)) return known;
  const live = known.filter(({ revoked }) => revoked === undefined);
  if (live.some((each) => each.name === name)) return 'key_name_taken';
  if (live.length >= limits.issuedKeysMax) return 'keys_full';
  const secrets = [keptSecret(secret, now)];
  return [...known, { id, name, kind, ...terms, secrets, author, createdAt: now }];
}

function changedIn(
  { keys: known }: AccessKeys,
  change: Exclude<AccessKeyChange, { action: 'create' }>,
  by: By,
): Changed {
  const entry = known.find(({ id }) => id === change.id);
  if (entry === undefined) return 'key_not_found';
  // To end what has ended is no mistake; everything else would have no effect.
  if (entry.revoked !== undefined) return change.action === 'revoke' ? known : 'key_revoked';
  const next = changedEntry(entry, change, by);
  return typeof next === 'string' ? next : known.map((each) => (each === entry ? next : each));
}

function changedEntry(
  entry: AccessKeyEntry,
  change: Exclude<AccessKeyChange, { action: 'create' }>,
  { author, now }: By,
): AccessKeyEntry | ErrorCode {
  switch (change.action) {
    case 'change':
      return { ...entry, ...change.terms };
    case 'revoke':
      // Digests go, too: nobody can match anything with this key any more.
      return { ...entry, secrets: [], revoked: { at: now, by: author } };
    case 'rotate':
      return rotated(entry, change, now);
  }
}

function rotated(
  entry: AccessKeyEntry,
  { secret, graceMs }: Extract<AccessKeyChange, { action: 'rotate' }>,
  now: number,
): AccessKeyEntry | ErrorCode {
  const [newest, ...older] = entry.secrets;
  if (newest?.digest === secret.digest) return entry;
  const going = older.some(({ until }) => until > now);
  // A third would leave nobody knowing which of them is still needed; ending all of them is always possible.
  if (going && graceMs > 0) return 'key_rotating';
  const kept = newest === undefined || graceMs === 0 ? [] : [{ ...newest, until: now + graceMs }];
  return { ...entry, secrets: [keptSecret(secret, now), ...kept] };
}

function keptSecret({ digest, hint }: SecretRecord, since: number): KeptSecret {
  return { digest, hint, since, until: 0 };
}

/** Of those that were revoked the last ones are remembered, so that people see what became of a key. */
function withoutOldest(known: readonly AccessKeyEntry[]): readonly AccessKeyEntry[] {
  const revoked = known.flatMap((each) =>
    each.revoked === undefined ? [] : { id: each.id, at: each.revoked.at },
  );
  if (revoked.length <= limits.revokedKeysKept) return known;
  revoked.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const gone = new Set(revoked.slice(0, -limits.revokedKeysKept).map(({ id }) => id));
  return known.filter(({ id }) => !gone.has(id));
}
