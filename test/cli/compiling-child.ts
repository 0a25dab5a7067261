import { compilingLittle } from '../../src/cli/tune-v8.ts';

/** Prints whether V8 optimizes a busy function before the start says that it has much to do, and afterwards. Wants --allow-natives-syntax. */

// The bit of V8's answer that says so (runtime.h, OptimizationStatus); the syntax is not JavaScript's, so it is read at run time.
const OPTIMIZED = 1 << 4;
const ROUNDS = 50_000;
const statusOf = new Function('busy', 'return %GetOptimizationStatus(busy)') as (busy: unknown) => number;

function isOptimized(): boolean {
  const busy = new Function('n', 'let sum = 0; for (let at = 0; at < 100; at++) sum += at * n; return sum;');
  for (let round = 0; round < ROUNDS; round++) {
    busy(round);
    if ((statusOf(busy) & OPTIMIZED) !== 0) return true;
  }
  return false;
}

const seen = await compilingLittle(async (onBacklog) => {
  const before = isOptimized();
  onBacklog();
  return { before, after: isOptimized() };
});
process.stdout.write(JSON.stringify(seen));
