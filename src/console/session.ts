import { computed, signal } from '@preact/signals';
import { createClient, type Operations, TesseraApiError, type TesseraClient } from '../sdk/client/client.ts';
import { apiError } from '../sdk/client/tessera-api-error.ts';

export type Scope = 'ingest' | 'read' | 'pii' | 'define' | 'privacy' | 'admin';

/** Who works here. The key is held by this page, and by the tab where that was asked for; never by the browser. */
export interface Session {
  readonly key: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly client: TesseraClient;
}

const KEPT = 'tessera.key';

export const session = signal<Session | undefined>(undefined);
/** Whether it is being found out if the key of the tab is still good: until then nobody is asked for one. */
export const resuming = signal(sessionStorage.getItem(KEPT) !== null);
export const client = computed(() => session.value?.client);

/** The engine, for pages: they are only shown to somebody who is signed in. */
export function currentClient(): TesseraClient {
  if (client.value === undefined) throw apiError({ status: 401, code: 'unauthorized', detail: 'signed out' });
  return client.value;
}

interface Question {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Any operation of the engine. What it answers is told by its OpenAPI document; who asks says what they read of it. */
export async function ask<Answer>(name: keyof Operations, question: Question = {}): Promise<Answer> {
  // Operations differ in what they take; the client needs one of them to check that.
  return (await currentClient().call(name, question as never)) as unknown as Answer;
}

export function may(scope: Scope): boolean {
  return session.value?.scopes.has(scope) === true;
}

/** Asks the engine what the key may do. Fails with `TesseraApiError`. */
export async function signIn(key: string, keepInTab: boolean): Promise<void> {
  const connected = createClient({ url: location.origin, key });
  // Nobody is signed in yet, so this client is asked and not the one of the session.
  const { name, scopes } = (await connected.call('GET /v1/keys/self')) as unknown as {
    readonly name: string;
    readonly scopes: readonly Scope[];
  };
  if (!scopes.includes('read')) throw apiError({ status: 403, code: 'forbidden', detail: '' });
  if (keepInTab) sessionStorage.setItem(KEPT, key);
  session.value = { key, name, scopes: new Set(scopes), client: connected };
}

export function signOut(): void {
  sessionStorage.removeItem(KEPT);
  session.value = undefined;
}

/** `#key=…`, as `tessera dev` prints it, or the key that the tab has kept. */
export async function takeKeyFromAddress(): Promise<void> {
  const given = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  // Neither the address bar nor the history goes on showing it.
  if (given !== undefined) location.replace('#/live');
  const key = given ?? sessionStorage.getItem(KEPT);
  if (key === null) return;
  resuming.value = true;
  try {
    await signIn(key, true);
  } catch (error) {
    // A key that is no good any more leads to the form, which says nothing that is not known; what passes may be tried again.
    if (error instanceof TesseraApiError && (error.status === 401 || error.status === 403)) signOut();
  } finally {
    resuming.value = false;
  }
}
