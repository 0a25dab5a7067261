import { type Logger, pino } from 'pino';
import { TesseraError } from '../errors.ts';
import type { LogLevel } from '../model/log-level.ts';

/** Where lines go; standard output unless a test collects them. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * JSON lines without personal data. Errors are reduced to their codes and the places they passed through:
 * messages of libraries quote their input, and input is what people sent.
 */
export type { Logger };

export function createLogger(level: LogLevel, destination?: LogDestination): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

export interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly at: readonly string[];
  readonly cause?: ErrorDescription;
}

const FRAMES_MAX = 5;
const CAUSES_MAX = 4;

export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const code = error instanceof TesseraError ? error.code : Reflect.get(error, 'code');
  return {
    name: error.constructor.name,
    ...(typeof code === 'string' ? { code } : {}),
    at: frames(error),
    ...(error.cause === undefined || depth >= CAUSES_MAX
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}

/** Function, file and line of the innermost calls. The message comes first in a stack and is cut off. */
function frames({ stack = '', message }: Error): readonly string[] {
  const found: string[] = [];
  const calls = stack.slice(stack.indexOf(message) + message.length);
  for (const line of calls.split('\n')) {
    const match = /^ {4}at (?:(.{1,100}?) \()?(?:.*[\\/])?([^\\/]+:\d+):\d+\)?$/.exec(line);
    if (match !== null) found.push(match[1] === undefined ? `${match[2]}` : `${match[1]} ${match[2]}`);
    if (found.length === FRAMES_MAX) break;
  }
  return found;
}
