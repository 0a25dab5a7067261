import type { Dispatcher } from 'undici';
import { type ErrorCode, errorTable, TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';

/** Flags of every command that talks to a running engine. */
export interface EngineFlags {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: JsonObject;
  /** Instead of `body`: sent as it is. */
  readonly text?: { readonly type: string; readonly content: string };
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a running engine and answers its JSON. What it refuses fails with its own code and detail. */
export type CallEngine = (wanted: EngineRequest) => Promise<JsonObject>;

export function createEngineCall(context: CliContext, flags: EngineFlags): CallEngine {
  return async (wanted) => {
    const { status, text } = await ask(context, flags, wanted);
    const document = readDocument(text);
    if (document === undefined) throw problemOf(status, document);
    return document;
  };
}

/** Asks a running engine and answers its text, whatever that is; fails as `CallEngine` does. */
export async function askForText(
  context: CliContext,
  flags: EngineFlags,
  wanted: EngineRequest,
): Promise<string> {
  return (await ask(context, flags, wanted)).text;
}

/** Body and headers of an answer; with `anyStatus` also of one that is not a success, as `/readyz` gives while it is not ready. */
export async function askForAnswer(
  context: CliContext,
  flags: EngineFlags,
  wanted: EngineRequest & { readonly anyStatus?: boolean },
): Promise<{ readonly body: JsonObject; readonly headers: Dispatcher.ResponseData['headers'] }> {
  const { status, headers, body } = await answered(context, flags, wanted);
  const document = readDocument(await textOf(body));
  const isWanted = wanted.anyStatus === true || (status >= 200 && status < 300);
  if (!isWanted || document === undefined) throw problemOf(status, document);
  return { body: document, headers };
}

/** The same part by part, for answers of any length. */
export async function* readParts(
  context: CliContext,
  flags: EngineFlags,
  wanted: EngineRequest,
): AsyncGenerator<Uint8Array> {
  const { status, body } = await answered(context, flags, wanted);
  if (status < 200 || status >= 300) throw problemOf(status, readDocument(await body.text()));
  try {
    for await (const part of body) yield part;
  } catch (cause) {
    throw new TesseraError('engine_unreachable', 'The answer broke off.', { cause });
  }
}

async function ask(
  context: CliContext,
  flags: EngineFlags,
  wanted: EngineRequest,
): Promise<{ status: number; text: string }> {
  const { status, body } = await answered(context, flags, wanted);
  const text = await textOf(body);
  if (status >= 200 && status < 300) return { status, text };
  throw problemOf(status, readDocument(text));
}

async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  return await body.text().catch((cause: unknown) => {
    throw new TesseraError('engine_unreachable', 'The answer broke off.', { cause });
  });
}

async function answered(
  context: CliContext,
  flags: EngineFlags,
  { method, path, body, text, headers }: EngineRequest,
): Promise<Answered> {
  const url = (flags.url ?? context.url).replace(/\/+$/, '');
  const key = flags.key ?? context.key;
  const sent =
    text ?? (body === undefined ? undefined : { type: 'application/json', content: JSON.stringify(body) });
  return await send(url, {
    method,
    path,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(sent === undefined ? {} : { 'content-type': sent.type }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent.content }),
  });
}

type Answered = { readonly status: number } & Pick<Dispatcher.ResponseData, 'headers' | 'body'>;

interface Outgoing {
  readonly method: EngineRequest['method'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function send(url: string, outgoing: Outgoing): Promise<Answered> {
  const { path, ...options } = outgoing;
  if (!URL.canParse(url)) {
    throw new TesseraError('invalid_parameter', `${url} is not the address of an engine.`);
  }
  // Loaded here: every command is registered at each start, also at that of an engine.
  const { request } = await import('undici');
  try {
    const answer = await request(`${url}${path}`, options);
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  } catch (cause) {
    throw new TesseraError(
      'engine_unreachable',
      `No engine answers at ${url}. Start one with tessera dev, or say where it is by --url or TESSERA_URL.`,
      { cause },
    );
  }
}

function readDocument(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function problemOf(status: number, problem: JsonObject | undefined): TesseraError {
  const { code, detail } = problem ?? {};
  const known = typeof code === 'string' && Object.hasOwn(errorTable, code);
  // The table has just been asked whether it has this code.
  const ours: ErrorCode = known ? (code as ErrorCode) : 'engine_unreachable';
  const said = typeof detail === 'string' ? detail : `The engine answered ${status}.`;
  return new TesseraError(ours, `${said}${HINTS[ours] ?? ''}`);
}

/** What to do about what the engine cannot know of the command line. */
const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthorized: ' Give a key by --key or TESSERA_SECRET_KEY; tessera dev prints the one that it has made.',
  forbidden: ' The help of the command names the scope; tessera keys create makes a key that has it.',
};
