import { type ErrorCode, TesseraError } from '../errors.ts';
import type {
  AccessKeyChange,
  AccessKeyEntry,
  KeyKind,
  KeyTerms,
  Scope,
  SecretRecord,
} from '../model/access-key.ts';
import { SECRET_BYTES, writeAccessSecret } from '../model/access-secret.ts';
import { ENGINE_SOURCE, OPERATOR_SOURCE } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Commands } from '../runner/commands.ts';
import type { Access, ConfiguredKey } from '../serve/access.ts';
import type { AccessKeyDesk, KeyGiver, NewKey } from '../serve/access-key-service.ts';

export interface AccessKeyDeskOptions extends Pick<Access, 'configured' | 'digestOf' | 'random'> {
  readonly commands: Pick<Commands, 'run'>;
  /** Every key that the engine has made, as this node knows them. */
  readonly entries: () => readonly AccessKeyEntry[];
  /** A change has been committed: resolves once `entries` has it. */
  readonly changed: () => Promise<void>;
  readonly clock: Clock;
}

/** What the engine and operators say by themselves has sources of its own. */
const RESERVED: readonly string[] = [ENGINE_SOURCE, OPERATOR_SOURCE];

/** Why a change is refused, in words of its own. */
const refusals = [
  'key_not_found',
  'key_name_taken',
  'key_revoked',
  'key_rotating',
  'keys_full',
] as const satisfies readonly ErrorCode[];

const HINT_CHARACTERS = 4;
const ID_BYTES = 8;

export function createAccessKeyDesk(options: AccessKeyDeskOptions): AccessKeyDesk {
  const { configured, entries, clock, random } = options;
  const show = (ref: string): JsonObject => shown(find(ref, options), clock.now());
  const run = async (change: AccessKeyChange, { author }: KeyGiver): Promise<JsonObject> => {
    const { status, code } = await options.commands.run(author, { type: 'key', change });
    const refusal = refusals.find((known) => known === code);
    if (status !== 'applied') throw new TesseraError(refusal ?? 'internal');
    await options.changed();
    return show(change.id);
  };
  const make = (kind: KeyKind): { readonly key: string; readonly secret: SecretRecord } => {
    const key = writeAccessSecret(kind, random(SECRET_BYTES));
    return { key, secret: { digest: options.digestOf(key), hint: key.slice(-HINT_CHARACTERS) } };
  };
  return {
    list: () => [...configured.map(shownConfigured), ...entries().map((entry) => shown(entry, clock.now()))],
    show,
    async create({ name, kind, terms }: NewKey, giver) {
      requireScopes(giver, terms.scopes);
      requireFuture(terms, clock.now());
      if (configured.some((each) => each.name === name) || RESERVED.includes(name))
        throw new TesseraError('key_name_taken');
      const { key, secret } = make(kind);
      const id = `key_${Buffer.from(random(ID_BYTES)).toString('hex')}`;
      return { ...(await run({ action: 'create', id, name, kind, terms, secret }, giver)), key };
    },
    async change(ref, terms, giver) {
      const { id, kind } = find(ref, options);
      const { scopes } = terms;
      if (kind === 'write' && scopes !== undefined && scopes.some((scope) => scope !== 'ingest'))
        throw new TesseraError('invalid_parameter', 'A write key may only ingest.', { path: '/scopes' });
      if (scopes !== undefined) requireScopes(giver, scopes);
      requireFuture(terms, clock.now());
      return await run({ action: 'change', id, terms }, giver);
    },
    async rotate(ref, graceMs, giver) {
      const { id, kind, scopes } = find(ref, options);
      // Whoever gets the new secret can do what the key can.
      requireScopes(giver, scopes);
      const { key, secret } = make(kind);
      return { ...(await run({ action: 'rotate', id, secret, graceMs }, giver)), key };
    },
    revoke: async (ref, giver) => await run({ action: 'revoke', id: find(ref, options).id }, giver),
  };
}

function find(ref: string, { entries, configured }: AccessKeyDeskOptions): AccessKeyEntry {
  const found = entries().find(
    ({ id, name, revoked }) => id === ref || (name === ref && revoked === undefined),
  );
  if (found !== undefined) return found;
  if (configured.some(({ name }) => name === ref))
    throw new TesseraError('key_not_found', 'This key stands in the configuration; change it there.');
  throw new TesseraError('key_not_found');
}

/** Otherwise whoever may make keys could make one that may do what they may not. */
function requireScopes({ scopes: held }: KeyGiver, given: readonly Scope[]): void {
  const lacking = given.filter((scope) => !held.has(scope));
  if (lacking.length === 0) return;
  throw new TesseraError(
    'forbidden',
    `A key gives no more than it may itself; yours lacks the scope ${lacking.join(', ')}.`,
  );
}

function requireFuture({ expiresAt = 0 }: Partial<KeyTerms>, now: EpochMs): void {
  if (expiresAt === 0 || expiresAt > now) return;
  throw new TesseraError('invalid_parameter', 'The key would have expired already; revoke it instead.', {
    path: '/expires_at',
  });
}

function shown(entry: AccessKeyEntry, now: EpochMs): JsonObject {
  const { id, name, kind, author, createdAt, revoked } = entry;
  const secrets = entry.secrets
    .filter(({ until }) => until === 0 || until > now)
    .map(({ hint, since, until }) => ({ hint, since, until: until === 0 ? null : until }));
  return {
    id,
    name,
    kind,
    from: 'api',
    status: statusOf(entry, now),
    ...shownTerms(entry),
    secrets,
    author,
    created_at: createdAt,
    ...(revoked === undefined ? {} : { revoked_at: revoked.at, revoked_by: revoked.by }),
  };
}

function statusOf({ revoked, expiresAt }: AccessKeyEntry, now: EpochMs): string {
  if (revoked !== undefined) return 'revoked';
  return expiresAt !== 0 && expiresAt <= now ? 'expired' : 'live';
}

function shownTerms({
  scopes,
  origins,
  requestsPerSecond,
  eventsPerSecond,
  expiresAt,
}: KeyTerms): JsonObject {
  return {
    scopes: [...scopes],
    origins: origins === 'any' ? origins : [...origins],
    requests_per_second: requestsPerSecond === 0 ? null : requestsPerSecond,
    events_per_second: eventsPerSecond === 0 ? null : eventsPerSecond,
    expires_at: expiresAt === 0 ? null : expiresAt,
  };
}

function shownConfigured({ name, kind, scopes, origins }: ConfiguredKey): JsonObject {
  const terms = { scopes, origins, requestsPerSecond: 0, eventsPerSecond: 0, expiresAt: 0 };
  return { id: null, name, kind, from: 'configuration', status: 'live', ...shownTerms(terms) };
}
