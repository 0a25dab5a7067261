import { describe, expect, it } from 'vitest';
import { assert, type ErrorCode, errorTable, TesseraError, unreachable } from '../src/errors.ts';
import { readSources } from './tidy/source.ts';

const codes = Object.keys(errorTable) as ErrorCode[];

describe('the table of errors', () => {
  it('has codes in snake case, with a status and a sentence each', () => {
    const odd = codes.filter((code) => {
      const [status, , text] = errorTable[code];
      return !/^[a-z]+(_[a-z0-9]+)*$/.test(code) || status < 200 || status > 599 || !/^[A-Z].*\.$/.test(text);
    });
    expect(odd).toEqual([]);
  });

  it('calls a client error retryable only where time changes the answer', () => {
    const retryable = codes.filter((code) => {
      const [status, retry] = errorTable[code];
      return status >= 400 && status < 500 && retry;
    });
    expect(retryable.sort()).toEqual([
      'export_not_ready',
      'rate_limited',
      'request_timeout',
      'too_many_requests',
    ]);
  });

  it('calls every 503 retryable: that is what the status says', () => {
    expect(codes.filter((code) => errorTable[code][0] === 503 && !errorTable[code][1])).toEqual([]);
  });

  it('has no code that nothing raises', () => {
    const code = readSources()
      .filter(({ path }) => path !== 'errors.ts')
      .map(({ text }) => text)
      .join('\n');
    expect(codes.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });
});

describe('a TesseraError', () => {
  it('takes status, retry and its text from the table', () => {
    const error = new TesseraError('log_full');
    expect([error.status, error.retryable, error.message]).toEqual([503, true, errorTable.log_full[2]]);
  });

  it('prefers the detail that it is given, and keeps cause and path', () => {
    const cause = { code: 'ENOSPC' };
    const error = new TesseraError('invalid_amount', 'too long', { cause, path: '/total' });
    expect([error.message, error.cause, error.path]).toEqual(['too long', cause, '/total']);
  });

  it('has no cause where none was given, so that logs do not show an empty one', () => {
    expect('cause' in new TesseraError('internal')).toBe(false);
  });

  it('comes out of a broken assertion as internal, and out of a value that cannot be', () => {
    expect(() => assert(true, 'fine')).not.toThrow();
    expect(() => assert(false, 'two heads')).toThrow(
      expect.objectContaining({ code: 'internal', message: 'assertion failed: two heads' }),
    );
    expect(() => unreachable('x' as never)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
