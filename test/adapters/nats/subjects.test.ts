import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logStream, logSubject, subjectOf, subjectWord } from '../../../src/adapters/nats/subjects.ts';

describe('names on NATS', () => {
  it('leave plain words as they are', () => {
    expect(logStream('main', 'p0')).toBe('TESSERA_main_p0');
    expect(logSubject('main', 'identity')).toBe('tessera.main.log.identity');
    expect(subjectOf('main', 'nodes', 'a')).toBe('tessera.main.nodes.a');
  });

  it('make one word of any text, another one for another text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('', '=', '=YQ', 'a', 'a.b', '*', '>', 'a b', 'A', 'ä'),
    );
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(subjectWord(one)).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(subjectWord(one) === subjectWord(other)).toBe(one === other);
      }),
    );
  });

  it('keep the streams of spaces apart, whatever they are called', () => {
    expect(logStream('a', 'p0')).not.toBe(logStream('a_p0', 'p0'));
    expect(() => logStream('a', 'b_p0')).toThrow();
  });
});
