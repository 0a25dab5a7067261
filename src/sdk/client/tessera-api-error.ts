/** One fault of a request, by its place. */
export interface ApiFault {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface ApiProblem {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Stable, for programs: `profile_not_found`; of this client's own: `unreachable`, `unreadable_answer`. */
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ApiFault[];
  /** How long the engine asks to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** What the engine refused, or why it could not be asked: a problem as in RFC 9457. */
export class TesseraApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly ApiFault[];
  readonly retryAfterMs: number | undefined;

  constructor({ status, code, detail, errors = [], retryAfterMs, cause }: ApiProblem) {
    super(detail, { cause });
    this.name = 'TesseraApiError';
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfterMs = retryAfterMs;
  }
}

export function apiError(problem: ApiProblem): TesseraApiError {
  return new TesseraApiError(problem);
}

/** The problem that an answer tells of, whatever its body is: a proxy in between may have written it. */
export async function readProblem(response: Response): Promise<TesseraApiError> {
  const { status, headers } = response;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const told = readFields(await response.text());
  return apiError({
    status,
    code: typeof told.code === 'string' ? told.code : 'unreadable_answer',
    detail: typeof told.detail === 'string' ? told.detail : `The engine answered ${status}.`,
    ...(Array.isArray(told.errors) ? { errors: told.errors as readonly ApiFault[] } : {}), // As the document describes it.
    ...(seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

function readFields(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}; // An object.
  } catch {
    return {};
  }
}
