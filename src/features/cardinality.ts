/**
 * How many distinct values filled the cells of a sketch, by maximum likelihood.
 *
 * Every value falls into one of `registers` at random and there into level u with probability 2^-(u+1) (the last
 * level takes the rest). With n values a cell of level u stays empty with probability e^(−n·p ÷ registers). What is
 * known of the cells of a level is how many are filled and how many are empty; cells of which nothing is known
 * count for neither. The n that makes this most likely needs no corrections for small or large counts (Ertl, "New
 * cardinality estimation algorithms for HyperLogLog sketches", 2017; Lang, "Back to the Future", 2017).
 */
export interface Cells {
  readonly registers: number;
  /** Cells by level. */
  readonly filled: readonly number[];
  readonly empty: readonly number[];
}

/** Halvings of the interval of ln n: far finer than the error of any sketch. */
const STEPS = 40;
const LN_MOST = 32 * Math.LN2;

export function probabilityOf(level: number, levels: number): number {
  return 2 ** -Math.min(level + 1, levels - 1);
}

/** The derivative of the likelihood has the sign of this, which falls as n grows. */
function slopeAt(perRegister: number, { filled, empty }: Cells): number {
  const levels = filled.length;
  let slope = 0;
  for (let level = 0; level < levels; level += 1) {
    const probability = probabilityOf(level, levels);
    const full = filled[level]!;
    if (full > 0) slope += (full * probability) / Math.expm1(perRegister * probability);
    slope -= empty[level]! * probability;
  }
  return slope;
}

export function estimateDistinct(cells: Cells): number {
  let low = -LN_MOST;
  let high = LN_MOST;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (slopeAt(Math.exp(middle), cells) > 0) low = middle;
    else high = middle;
  }
  return Math.round(Math.exp((low + high) / 2) * cells.registers);
}
