import { describe, expect, it } from 'vitest';
import { Kinships } from '../../../src/jobs/backtest/kinships.ts';

const place = { at: 1, partition: 0, seq: 1, index: 0, ordinal: 0 };

describe('who belongs together', () => {
  it('is everybody who was ever one, or had a facet of the other, over any number of steps', () => {
    const kin = new Kinships(['d', 'z']);
    kin.merge('d', 'b');
    kin.own('f1', 'b');
    kin.own('f1', 'a');
    kin.own('f2', 'z');
    expect(Object.fromEntries(kin.families())).toEqual({ a: ['a', 'b', 'd'], z: ['z'] });
  });

  it('says of whom nothing was asked yet, once', () => {
    const kin = new Kinships(['a']);
    expect(kin.takeFresh()).toEqual(['a']);
    kin.merge('b', 'a');
    kin.merge('b', 'a');
    expect(kin.takeFresh()).toEqual(['b']);
    expect(kin.takeFresh()).toEqual([]);
  });

  it('has the facets of one move together, in the order of the log', () => {
    const kin = new Kinships([]);
    kin.move('7', { ...place, seq: 9, to: 'a' }, 'f1');
    kin.move('7', { ...place, seq: 9, ordinal: 1, to: 'a' }, 'f2');
    kin.move('3', { ...place, seq: 4, to: 'b' }, 'f1');
    expect(kin.moves.map(({ to, facets }) => [to, ...facets])).toEqual([
      ['b', 'f1'],
      ['a', 'f1', 'f2'],
    ]);
  });
});
