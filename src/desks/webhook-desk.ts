import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { DeadLetter, Endpoint } from '../model/webhook.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';
import { encodeRecord } from '../runner/codec.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { DeadPage, Webhooks } from '../serve/outgoing-service.ts';
import type { DefinitionKind } from '../serve/services.ts';

export interface WebhookDeskOptions {
  /** The kind of definitions that they are. */
  readonly kind: DefinitionKind;
  readonly store: Pick<StateStore, 'read' | 'scan'>;
  readonly codec: EntryCodec;
  /** Partitions of people: each has its own queue, breaker and dead letters for every endpoint. */
  readonly people: readonly string[];
  readonly logOf: (partition: string) => Pick<Log, 'append'>;
  readonly clock: Clock;
}

/** What people see of webhooks beside their definitions, over all partitions; and dead letters that are brought again. */
export function createWebhookDesk(options: WebhookDeskOptions): Webhooks {
  const { kind } = options;
  const definitionOf = (name: string): JsonObject | undefined =>
    kind.list().find((definition) => definition.name === name);
  const show = async (name: string): Promise<JsonObject> => {
    const endpoints = await endpointsOf(name, options);
    const definition = definitionOf(name);
    if (definition === undefined && endpoints.length === 0) throw unknown();
    return { ...(definition ?? { name, removed: true }), ...standing(endpoints, options.clock.now()) };
  };
  return {
    show,
    list: () => Promise.all(kind.list().map(({ name }) => show(name))),
    async dead(name, page) {
      await show(name);
      return await deadPage(name, page, options);
    },
    async replay(name, ids, author) {
      if (definitionOf(name) === undefined) throw unknown();
      return await replay(name, { ids, author }, options);
    },
  };
}

function unknown(): TesseraError {
  return new TesseraError('not_found', 'There is no webhook of this name.');
}

async function endpointsOf(
  name: string,
  { store, codec, people }: WebhookDeskOptions,
): Promise<readonly Endpoint[]> {
  const key = keys.endpoint(name);
  const found = await Promise.all(people.map(async (partition) => (await store.read(partition, [key]))[0]));
  // The codec answers the type that belongs to the key's prefix.
  return found.flatMap((bytes) => (bytes === undefined ? [] : [codec.decode(key, bytes) as Endpoint]));
}

/** Partitions meet an endpoint each for itself: what is worst among them is said of it. */
function standing(endpoints: readonly Endpoint[], now: number): JsonObject {
  const sum = (read: (endpoint: Endpoint) => number): number =>
    endpoints.reduce((total, endpoint) => total + read(endpoint), 0);
  const last = endpoints
    .flatMap((endpoint) => endpoint.last ?? [])
    .reduce<Endpoint['last']>((newest, each) => (newest && newest.at > each.at ? newest : each), undefined);
  return {
    state: stateOf(endpoints, now),
    waiting: sum(({ waiting }) => waiting),
    delivered: sum(({ delivered }) => delivered),
    dead: sum(({ dead }) => dead),
    failures_in_a_row: Math.max(0, ...endpoints.map(({ failures }) => failures)),
    last_attempt:
      last === undefined ? null : { at: last.at, status: last.status, failure: last.failure ?? null },
  };
}

/** `open`: left alone for now; `half_open`: one message will try; `gone`: it has answered 410. */
function stateOf(endpoints: readonly Endpoint[], now: number): string {
  if (endpoints.some(({ gone }) => gone)) return 'gone';
  const paused = endpoints.filter(({ openUntil }) => openUntil > 0);
  if (paused.length === 0) return 'closed';
  return paused.some(({ openUntil }) => openUntil > now) ? 'open' : 'half_open';
}

/** In the order of partitions, then of their numbers; a cursor is `partition/number`. */
async function deadPage(
  name: string,
  { after, limit }: { readonly after: string; readonly limit: number },
  options: WebhookDeskOptions,
): Promise<DeadPage> {
  const { people } = options;
  const [from = '', number = ''] = after.split('/');
  const begin = from === '' ? 0 : people.indexOf(from);
  if (begin < 0 || (from !== '' && !/^\d{1,10}$/.test(number)))
    throw new TesseraError('invalid_parameter', 'The parameter after is not what a page answered.', {
      path: 'after',
    });
  const dead: JsonObject[] = [];
  for (const [index, partition] of people.slice(begin).entries()) {
    const behind = index === 0 && from !== '' ? keys.deadLetter(name, Number(number)) : '';
    for (const letter of await lettersOf(name, { partition, behind, most: limit - dead.length }, options)) {
      dead.push(shown(letter));
      if (dead.length === limit) return { dead, next: `${partition}/${letter.n}` };
    }
  }
  return { dead };
}

async function lettersOf(
  name: string,
  { partition, behind, most }: { readonly partition: string; readonly behind: string; readonly most: number },
  { store, codec }: WebhookDeskOptions,
): Promise<readonly DeadLetter[]> {
  const page = await store.scan(partition, `z/${name}/`, behind, most);
  return page.map(([key, bytes]) => codec.decode(key, bytes) as DeadLetter);
}

function shown({ id, firing, attempts, reason, status, at }: DeadLetter): JsonObject {
  const { trigger, profile_id, decision } = firing;
  return { id, firing_id: firing.id, trigger, profile_id, decision, reason, status, attempts, at };
}

async function replay(
  name: string,
  { ids, author }: { readonly ids: readonly string[] | 'all'; readonly author: string },
  options: WebhookDeskOptions,
): Promise<JsonObject> {
  const wanted = ids === 'all' ? undefined : new Set(ids);
  let replayed = 0;
  for (const partition of options.people) {
    let behind = '';
    for (;;) {
      const asked = { partition, behind, most: limits.deadLettersPerRecord };
      const letters = await lettersOf(name, asked, options);
      const numbers = letters.filter(({ id }) => wanted?.has(id) ?? true).map(({ n }) => n);
      if (numbers.length > 0) {
        const step = { type: 'replay', numbers, author } as const;
        await options.logOf(partition).append([encodeRecord({ kind: 'delivery', webhook: name, step })]);
        replayed += numbers.length;
      }
      if (replayed >= limits.deadLettersMax) return { replayed, more: true };
      const last = letters.at(-1);
      if (last === undefined || letters.length < asked.most) break;
      behind = keys.deadLetter(name, last.n);
    }
  }
  return { replayed, more: false };
}
