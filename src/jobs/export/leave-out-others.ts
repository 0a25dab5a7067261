import { maskKept } from '../../desks/quarantine/mask-kept.ts';
import type { IdentifierReader } from '../../ingest/identifiers.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/*
 * Nobody has understood an event of quarantine, so nobody knows whom it is about. If it names nobody but its person, it is shown as
 * it was sent. If it names anybody else, it may be that one's, with that one's name and address in it: then what is shown are the
 * person's own identifiers, and what the names of fields say is about goods, money and time.
 */

export interface OthersOptions {
  readonly reader: Pick<IdentifierReader, 'find'>;
  /** The person's own identifiers, as `type:hash`. */
  readonly own: ReadonlySet<string>;
  /** All types of identifiers that there are. */
  readonly types: readonly string[];
}

/** What libraries call those whom an event is about, beside the types of the policy. */
const WHO = ['distinct_id', 'client_id', 'customer_id', 'login_id', 'invitee', 'associate_id', 'previous_id'];
/** Types that can be told by looking at a value, whatever its field is called. */
const TELLING = ['phone', 'email'];

/** The event as its person may read it. */
export function leaveOutOthers(event: JsonValue, options: OthersOptions): JsonValue {
  const { reader, own, types } = options;
  const ownTypes = [...new Set([...own].map((key) => key.slice(0, key.lastIndexOf(':'))))];
  const isOwn = (text: string): boolean => ownTypes.some((type) => own.has(keyOf(reader.find(type, text))));
  const who = new Set([...types, ...WHO].map(plain));
  const telling = TELLING.filter((type) => types.includes(type));
  const isForeign = (text: string, name: string): boolean =>
    text !== '' &&
    !isOwn(text) &&
    (who.has(plain(name)) || telling.some((type) => keyOf(reader.find(type, text)) !== ''));
  if (!someLeaf(event, '', isForeign)) return event;
  return keepLeaves(event, '', (text, name, value) => isOwn(text) || maskKept(value, name) === value) ?? null;
}

function keyOf(found: ReturnType<IdentifierReader['find']>): string {
  return 'hash' in found ? `${found.type}:${found.hash}` : '';
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function someLeaf(value: JsonValue, name: string, test: (text: string, name: string) => boolean): boolean {
  // JSON.parse makes arrays of what the type says.
  if (Array.isArray(value)) return value.some((entry: JsonValue) => someLeaf(entry, name, test));
  if (isJsonObject(value))
    return Object.entries(value).some(([key, entry = null]) => someLeaf(entry, key, test));
  return (typeof value === 'string' || typeof value === 'number') && test(String(value), name);
}

type Keep = (text: string, name: string, value: JsonValue) => boolean;

/** Undefined where nothing is left. */
function keepLeaves(value: JsonValue, name: string, keep: Keep): JsonValue | undefined {
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    const left = list.flatMap((entry) => keepLeaves(entry, name, keep) ?? []);
    return left.length === 0 ? undefined : left;
  }
  if (!isJsonObject(value)) return keep(String(value), name, value) ? value : undefined;
  const left: JsonObject = Object.fromEntries(
    Object.entries(value).flatMap(([key, entry = null]) => {
      const inner = keepLeaves(entry, key, keep);
      return inner === undefined ? [] : [[key, inner]];
    }),
  );
  return Object.keys(left).length === 0 ? undefined : left;
}
