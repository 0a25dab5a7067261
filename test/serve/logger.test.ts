import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { createLogger } from '../../src/serve/logger.ts';

describe('createLogger', () => {
  it('reduces errors to codes and places: no message, which may quote what a person sent', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => lines.push(line) });
    const cause = new SyntaxError(
      'Unexpected token in {"phone":"13900001111"\n    at fake (13900001111.ts:1:1)',
    );
    logger.error({ err: new TesseraError('unreadable_body', 'body of 13900001111', { cause }) }, 'failed');
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('13900001111');
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      level: 'error',
      msg: 'failed',
      err: { name: 'TesseraError', code: 'unreadable_body', cause: { name: 'SyntaxError' } },
    });
    expect(line.err.at[0]).toContain('logger.test.ts');
  });

  it('survives anything thrown', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => lines.push(line) });
    logger.error({ err: 'a phone: 13900001111' }, 'failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { name: 'string', at: [] } });
  });
});
