import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** Longest time that a start goes without the optimizer. */
const OPTIMIZE_AFTER_MS = 5_000;

/** Node's default of `--v8-pool-size`. */
const HELPERS = 4;

/** So much nicer than the process: with two processors four such helpers leave the thread that runs JavaScript 90 % of one. */
const NICER_BY = 10;

/**
 * A collection of the whole heap must not keep requests waiting. On two processors, at half of the engine's peak, V8 marks 380 MB in
 * half a second, and the thread that runs JavaScript got a fifth of its usual work done meanwhile: 60 % of its time went to marking of
 * its own, in steps that are to end the collection within 500 ms, and for the rest four helpers took its processor. Without steps
 * between tasks (those at allocations remain, and keep pace) and with helpers that give way, answers of that time take 26 to 68 ms at
 * the 99th percentile instead of 215 to 884 (`docs/performance.md`).
 *
 * On a machine with much memory V8 lets garbage pile up to three times what lives: 970 MB resident during an import. The heap may
 * double here.
 */
export function tuneV8(nodeOptions = ''): void {
  setFlagsFromString('--heap-growing-percent=100');
  setFlagsFromString('--no-incremental-marking-task');
  letHelpersGiveWay(nodeOptions);
}

/**
 * What a start runs it runs once, and code that V8 optimizes for it is thrown away: a quarter of the CPU time of a start, on
 * threads that others could use. Whoever has much to do at the start gets the optimizer back before they are done: as soon as they
 * say so (an engine that replayed 40,000 events took 263 µs of its thread for each, with this 207 to 234), or after five seconds.
 */
export async function compilingLittle<T>(start: (onBacklog: () => void) => Promise<T>): Promise<T> {
  setFlagsFromString('--no-opt');
  const optimize = (): void => setFlagsFromString('--opt');
  const late = setTimeout(optimize, OPTIMIZE_AFTER_MS);
  try {
    return await start(optimize);
  } finally {
    clearTimeout(late);
    optimize();
  }
}

/** Answers whether they do: not without /proc, and not where priorities are forbidden, which is no reason not to start. */
function letHelpersGiveWay(nodeOptions: string): boolean {
  try {
    // A process may only become nicer, and may have been started so.
    const niceness = Math.min(constants.priority.PRIORITY_LOW, getPriority() + NICER_BY);
    for (const thread of helpersOfV8(nodeOptions)) setPriority(thread, niceness);
    return true;
  } catch {
    return false;
  }
}

/**
 * Threads that collect and compile, by their numbers, which Linux takes for those of processes where it sets priorities (setpriority(2),
 * "C library/kernel differences"). Later versions of Node name them; before, they are those that started first, behind the one that
 * waits for delayed tasks. None where neither holds: on another system, with a pool of another size, or where numbers began anew.
 */
function helpersOfV8(nodeOptions: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const threads = readdirSync('/proc/self/task')
    .map(Number)
    .sort((a, b) => a - b);
  const named = threads.filter((thread) => nameOf(thread) === 'V8Worker');
  if (named.length > 0) return named;
  const flags = [...process.execArgv, nodeOptions].join(' ');
  if (flags.includes('v8-pool-size') || threads[0] !== process.pid) return [];
  return threads.slice(2, 2 + HELPERS);
}

function nameOf(thread: number): string {
  return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
}
