/** A small generator with a seed, so that a failure can be repeated (mulberry32). */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  pick<T>(values: readonly [T, ...T[]]): T;
}

export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return { next, between, pick: (values) => values[between(0, values.length - 1)] ?? values[0] };
}

/** The plan of a series of kills: how many, and the seed that decides when. */
export interface KillPlan {
  readonly rounds: number;
  readonly seed: number;
}

/** `KILL_ROUNDS` and `KILL_SEED` make a series longer, and repeat one. */
export function killPlan(roundsByDefault = 10): KillPlan {
  const { KILL_ROUNDS, KILL_SEED } = process.env;
  return {
    rounds: KILL_ROUNDS === undefined ? roundsByDefault : Number(KILL_ROUNDS),
    seed: KILL_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(KILL_SEED),
  };
}
