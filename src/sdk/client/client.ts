/** `tessera/client`: the engine's API for programs, in Node and in browsers, without dependencies. */
import type {
  Answers,
  Applied,
  Definition,
  EventRates,
  Firing,
  Profile,
  ProfileChange,
  Receipt,
  Recommendation,
  ToldEvent,
} from './answers.ts';
import type { Json, JsonFields, NewEvent } from './new-event.ts';
import type { Operations } from './operations.ts';
import { readStream, type StreamMessage, type StreamOptions } from './read-stream.ts';
import { type ConnectionOptions, type Outgoing, type QueryValue, sendRequest } from './send-request.ts';
import { TesseraApiError } from './tessera-api-error.ts';

export type {
  Answers,
  EventRates,
  Firing,
  JsonFields,
  NewEvent,
  Operations,
  Profile,
  ProfileChange,
  Recommendation,
  StreamMessage,
  ToldEvent,
};
export { TesseraApiError };

export type ClientOptions = ConnectionOptions;

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** What an operation takes, by its line in `Operations`. */
type Input<Operation> = Operation & CallOptions;
type Arguments<Operation> =
  Record<never, never> extends Operation ? [input?: Input<Operation>] : [input: Input<Operation>];
type AnswerOf<Name> = Name extends keyof Answers ? Answers[Name] : Json;

export interface ApplyOptions extends CallOptions {
  readonly include?: readonly ('profile' | 'recommendations')[];
  /** What the recommendations are for. */
  readonly placement?: string;
}

/** Who it is for, where, and what is at hand; further identifiers by type: `{ phone: '13900001111' }`. */
export interface RecommendationRequest {
  readonly placement?: string;
  /** A profile id or `type:value`. */
  readonly profile?: string;
  readonly store?: string;
  readonly item?: string;
  readonly cart?: readonly string[];
  readonly limit?: number;
  readonly locale?: string;
  readonly identifiers?: Readonly<Record<string, string>>;
}

export interface TesseraClient {
  readonly events: {
    /** Durable when it answers. Events get an id, so that a repeat after a broken connection counts once. */
    send(events: NewEvent | readonly NewEvent[], options?: CallOptions): Promise<Receipt>;
    /** Answers after the events have changed the profiles, with what became of each. Needs a secret key. */
    apply(events: NewEvent | readonly NewEvent[], options?: ApplyOptions): Promise<Applied>;
  };
  readonly profiles: {
    /** By profile id or `type:value`; undefined where there is none. */
    get(reference: string, query?: ProfileQuery & CallOptions): Promise<Profile | undefined>;
    /** Every profile, page by page. */
    list(
      query?: { readonly fields?: readonly string[] } & CallOptions,
    ): AsyncGenerator<Profile, void, undefined>;
    /** What an associate should know of a customer. */
    brief(
      reference: string,
      query?: { readonly store?: string; readonly locale?: string } & CallOptions,
    ): Promise<JsonFields>;
  };
  readonly recommendations: {
    get(request: RecommendationRequest, options?: CallOptions): Promise<Recommendation>;
  };
  readonly definitions: {
    list(kind: string, options?: CallOptions): Promise<readonly Definition[]>;
    get(kind: string, name: string, options?: CallOptions): Promise<Definition>;
    put(
      kind: string,
      definition: Definition,
      options?: CallOptions & { readonly dryRun?: boolean },
    ): Promise<Json>;
    remove(kind: string, name: string, options?: CallOptions & { readonly dryRun?: boolean }): Promise<Json>;
  };
  readonly streams: {
    /** Decisions of triggers as they happen; goes on by itself where a connection broke. */
    triggers(query?: TriggerQuery & StreamOptions): AsyncGenerator<StreamMessage<Firing>, void, undefined>;
    /**
     * Events as they are applied, or not: a sample of them (`event`), and every second what there was (`rates`). Goes on by itself
     * where a connection broke; what went by meanwhile is not told again.
     */
    events(
      query?: EventQuery & StreamOptions,
    ): AsyncGenerator<StreamMessage<ToldEvent | EventRates>, void, undefined>;
    /** What happens to one profile. */
    profile(
      reference: string,
      options?: StreamOptions,
    ): AsyncGenerator<StreamMessage<ProfileChange>, void, undefined>;
  };
  /** Any operation of the API: `call('GET /v1/jobs/{id}', { path: { id } })`. Fails with `TesseraApiError`. */
  call<Name extends keyof Operations>(
    name: Name,
    ...input: Arguments<Operations[Name]>
  ): Promise<AnswerOf<Name>>;
}

export interface ProfileQuery {
  readonly fields?: readonly string[];
  /** As the profile was at that moment: RFC 3339 or epoch milliseconds. */
  readonly at?: string | number;
}

export interface TriggerQuery {
  readonly trigger?: string;
  readonly decision?: Firing['decision'] | readonly Firing['decision'][];
}

export interface EventQuery {
  readonly status?: ToldEvent['status'] | readonly ToldEvent['status'][];
  readonly type?: string;
  readonly source?: string;
  readonly store?: string;
}

export function createClient(connection: ClientOptions): TesseraClient {
  const ask: Ask = (method, path, more = {}) =>
    sendRequest(connection, { method, path, repeatable: method !== 'POST', ...more });
  return {
    events: eventCalls(ask),
    profiles: profileCalls(ask),
    recommendations: {
      get({ identifiers, ...request }, { signal } = {}) {
        return ask('GET', '/v1/recommendations', {
          query: { ...identifiers, ...request },
          signal,
        }) as Promise<Recommendation>;
      },
    },
    definitions: definitionCalls(ask),
    streams: {
      triggers: ({ trigger, decision, ...options } = {}) =>
        readStream(connection, { path: '/v1/stream/triggers', query: { trigger, decision } }, options),
      events: ({ status, type, source, store, ...options } = {}) =>
        readStream(
          connection,
          { path: '/v1/stream/events', query: { status, type, source, store } },
          options,
        ),
      profile: (reference, options) =>
        readStream(connection, { path: `/v1/stream/profiles/${encodeURIComponent(reference)}` }, options),
    },
    call(name, ...[input]) {
      const { path = {}, query, body, signal }: LooseInput = input ?? {};
      const [method = '', template = ''] = name.split(' ');
      const filled = template.replace(/\{(\w+)\}/g, (_all, key: string) =>
        encodeURIComponent(path[key] ?? ''),
      );
      // The shapes of answers are told by the document, and tested against a running engine.
      return ask(method, filled, { query: query ?? {}, body, signal }) as Promise<never>;
    },
  };
}

/** Any line of `Operations`. */
interface LooseInput extends CallOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
}

type More = Partial<Pick<Outgoing, 'query' | 'body' | 'signal' | 'repeatable'>>;
/** Answers are what the document says they are; the calls below give them their types. */
type Ask = (method: string, path: string, more?: More) => Promise<unknown>;

function eventCalls(ask: Ask): TesseraClient['events'] {
  const post = (events: NewEvent | readonly NewEvent[], more: More): Promise<unknown> => {
    const list = [events].flat();
    const body = { events: list.map((event) => ({ id: randomId(), ...event })) };
    return ask('POST', '/v1/events', { ...more, body, repeatable: true });
  };
  return {
    send: (events, { signal } = {}) => post(events, { signal }) as Promise<Receipt>,
    apply: (events, { include, placement, signal } = {}) =>
      post(events, { query: { wait: 'applied', include, placement }, signal }) as Promise<Applied>,
  };
}

function profileCalls(ask: Ask): TesseraClient['profiles'] {
  const pathOf = (reference: string): string => `/v1/profiles/${encodeURIComponent(reference)}`;
  return {
    async get(reference, { fields, at, signal } = {}) {
      try {
        return (await ask('GET', pathOf(reference), { query: { fields, at }, signal })) as Profile;
      } catch (error) {
        if (error instanceof TesseraApiError && error.code === 'profile_not_found') return undefined;
        throw error;
      }
    },
    async *list({ fields, signal } = {}) {
      let after: string | undefined;
      do {
        const page = (await ask('GET', '/v1/profiles', {
          query: { after, fields, limit: 1000 },
          signal,
        })) as Answers['GET /v1/profiles'];
        yield* page.profiles;
        after = page.next;
      } while (after !== undefined);
    },
    brief: (reference, { signal, ...query } = {}) =>
      ask('GET', `${pathOf(reference)}/brief`, { query, signal }) as Promise<JsonFields>,
  };
}

function definitionCalls(ask: Ask): TesseraClient['definitions'] {
  const pathOf = (...parts: readonly string[]): string =>
    ['/v1/definitions', ...parts.map(encodeURIComponent)].join('/');
  return {
    async list(kind, { signal } = {}) {
      const { definitions } = (await ask('GET', pathOf(kind), {
        signal,
      })) as Answers['GET /v1/definitions/{kind}'];
      return definitions;
    },
    get: (kind, name, { signal } = {}) => ask('GET', pathOf(kind, name), { signal }) as Promise<Definition>,
    put: (kind, definition, { dryRun, signal } = {}) =>
      ask('PUT', pathOf(kind, definition.name), {
        query: { dry_run: dryRun },
        body: definition,
        signal,
      }) as Promise<Json>,
    remove: (kind, name, { dryRun, signal } = {}) =>
      ask('DELETE', pathOf(kind, name), { query: { dry_run: dryRun }, signal }) as Promise<Json>,
  };
}

function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
