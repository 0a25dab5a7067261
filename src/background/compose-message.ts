import { identifierPath } from '../ingest/admit.ts';
import type { Sealer } from '../ingest/seal.ts';
import { limits } from '../limits.ts';
import type { CompiledWebhook } from '../messages/outgoing.ts';
import { signedHeaders } from '../messages/sign-message.ts';
import type { Link, Person } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import { SECOND_MS } from '../model/time.ts';
import type { Delivery, WebhookBody } from '../model/webhook.ts';
import { headerPlace, secretPlace } from '../model/webhook-seal.ts';
import type { Clock } from '../ports/clock.ts';
import type { MaybePromise } from '../ports/log.ts';
import type { StateReader } from '../ports/state.ts';
import type { OutgoingMessage } from '../ports/webhook-sender.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';

export interface ComposingOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly sealer: Pick<Sealer, 'open'>;
  readonly clock: Clock;
}

/**
 * A message to an endpoint: the decision as everybody sees it, and the identifiers that the endpoint asked for, opened at the
 * moment of sending and kept nowhere. Signed anew for each attempt, because receivers refuse an old time.
 */
export function createComposer(
  options: ComposingOptions,
): (delivery: Delivery, webhook: CompiledWebhook) => Promise<OutgoingMessage> {
  const { sealer, clock } = options;
  const opened = async (place: { facet: string; path: string }, sealed: string): Promise<string> =>
    (await sealer.open(place, sealed)) ?? '';
  return async ({ id, firing }, { definition }) => {
    const { name, url, secrets, headers = {} } = definition;
    const body = JSON.stringify({
      type: `trigger.${firing.decision}`,
      timestamp: new Date(firing.at).toISOString(),
      data: firing,
      ...(await identifiersFor(firing.profile_id, definition.identifiers, options)),
    } satisfies WebhookBody);
    const keysOf = await Promise.all(secrets.map((sealed) => opened(secretPlace(name), sealed)));
    const own: Record<string, string> = {};
    for (const [header, sealed] of Object.entries(headers))
      own[header] = await opened(headerPlace(name, header), sealed);
    const timestamp = Math.floor(clock.now() / SECOND_MS);
    return { url, body, headers: { ...own, ...signedHeaders({ id, timestamp, body }, keysOf) } };
  };
}

async function identifiersFor(
  profile: string,
  types: readonly string[] = [],
  { state, codec, sealer }: ComposingOptions,
): Promise<Pick<WebhookBody, 'identifiers'>> {
  if (types.length === 0) return {};
  const read = async <T extends object>(wanted: readonly string[]): Promise<readonly T[]> => {
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.flatMap((bytes, i) => (bytes ? [codec.decode(wanted[i] as string, bytes) as T] : []));
  };
  const id = await placeOf(profile, (key) => read<Header>([key]));
  const [person] = await read<Person>([keys.person(id)]);
  const links = await read<Link>((person?.links ?? []).map(({ key }) => `i/${key}`));
  const shown: Record<string, string[]> = {};
  for (const { type, sealed, sealedBy } of links) {
    if (sealed === '' || !types.includes(type)) continue;
    const value: MaybePromise<string | undefined> = sealer.open(
      { facet: sealedBy, path: identifierPath(type) },
      sealed,
    );
    const text = await value;
    if (text !== undefined) shown[type] = [...(shown[type] ?? []), text];
  }
  return { identifiers: shown };
}

/** Whom the profile was merged into meanwhile. */
async function placeOf(profile: string, read: (key: string) => Promise<readonly Header[]>): Promise<string> {
  let id = profile;
  for (let hop = 0; hop < limits.forwardHopsMax; hop++) {
    const [header] = await read(keys.header(id));
    if (header?.forward === undefined) return id;
    id = header.forward;
  }
  return id;
}
