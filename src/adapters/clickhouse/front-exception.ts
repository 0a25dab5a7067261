import { type ErrorCode, TesseraError } from '../../errors.ts';

/** An error as ClickHouse's interface reports it. */
export interface FrontException {
  readonly number: number;
  readonly status: number;
  readonly text: string;
}

/** ClickHouse's numbers and names for what the front itself refuses. */
const OWN: Readonly<Partial<Record<ErrorCode, readonly [number, string]>>> = Object.freeze({
  unauthorized: [516, 'AUTHENTICATION_FAILED'],
  forbidden: [497, 'ACCESS_DENIED'],
  sql_error: [497, 'ACCESS_DENIED'],
  history_read_only: [164, 'READONLY'],
  history_session: [373, 'SESSION_IS_LOCKED'],
  not_supported: [48, 'NOT_IMPLEMENTED'],
  invalid_parameter: [36, 'BAD_ARGUMENTS'],
  invalid_gzip: [354, 'ZLIB_INFLATE_FAILED'],
  unreadable_body: [36, 'BAD_ARGUMENTS'],
  body_too_large: [307, 'TOO_MANY_BYTES'],
  too_many_requests: [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  stopping: [210, 'NETWORK_ERROR'],
});

/** Everything else is 1002, UNKNOWN_EXCEPTION, and tells nothing: its text was not written for clients. */
export function exceptionOf(error: unknown, version: string): FrontException {
  if (error instanceof TesseraError) {
    const [number, name] = OWN[error.code] ?? [1002, 'UNKNOWN_EXCEPTION'];
    const message = number === 1002 ? 'the history cannot answer now' : error.message.replace(/\.$/, '');
    return {
      number,
      status: number === 1002 ? 500 : error.status,
      text: `Code: ${number}. DB::Exception: ${message}. (${name}) (version ${version})\n`,
    };
  }
  const number = numberOf(error);
  if (number === undefined || !(error instanceof Error)) {
    const text = `Code: 1002. DB::Exception: the history cannot answer now. (UNKNOWN_EXCEPTION) (version ${version})\n`;
    return { number: 1002, status: 500, text };
  }
  return { number, status: statusOf(number), text: `${error.message} (version ${version})\n` };
}

/** The driver gives ClickHouse's number beside the text. */
function numberOf(error: unknown): number | undefined {
  const number: unknown = typeof error === 'object' && error !== null && Reflect.get(error, 'clickhouseCode');
  return typeof number === 'number' ? number : undefined;
}

const BAD_REQUEST = new Set([6, 10, 15, 16, 25, 26, 27, 36, 38, 41, 44, 53, 62, 72, 117, 167, 427, 440, 457]);
const NOT_FOUND = new Set([46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 511]);

/** The status that ClickHouse gives an exception by its number. */
function statusOf(number: number): number {
  if (BAD_REQUEST.has(number)) return 400;
  if (NOT_FOUND.has(number)) return 404;
  if (number === 164 || number === 497) return 403;
  if (number === 159) return 408;
  if (number === 48) return 501;
  return 500;
}
