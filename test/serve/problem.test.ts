import { describe, expect, it } from 'vitest';
import { errorTable, TesseraError } from '../../src/errors.ts';
import { inBody, invalidField } from '../../src/serve/json-body.ts';
import { invalidParameter } from '../../src/serve/parameters.ts';
import { problemOf } from '../../src/serve/problem.ts';

describe('the title of a problem', () => {
  it('of a field of a body does not blame the address, nor the other way round', () => {
    expect(problemOf(invalidField('amount', 'must be a number'))).toMatchObject({
      title: 'A field of the body has a value that is not allowed.',
      code: 'invalid_parameter',
      errors: [{ path: '/amount' }],
    });
    expect(problemOf(invalidParameter('limit', 'must be a number'))).toMatchObject({
      title: 'A query parameter has a value that is not allowed.',
      errors: [{ path: 'limit' }],
    });
  });

  it('blames neither where nobody has said which', () => {
    expect(problemOf(new TesseraError('invalid_parameter', 'One of two.')).title).toBe(
      errorTable.invalid_parameter[2],
    );
  });

  it('goes by the body where what reads addresses reads a body', () => {
    const read = () =>
      inBody(() => {
        throw invalidParameter('to', 'must be after from');
      }, '/filter');
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_parameter', path: '/filter/to' }));
  });
});
