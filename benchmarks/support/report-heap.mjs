/*
 * Preloaded into the engine by benchmarks/import.ts (`--expose-gc --import`): on SIGWINCH it collects twice, so that what was
 * waiting for a finalizer is gone too, and appends what is left to the file that the bench reads. SIGUSR1 is the debugger's, SIGUSR2 stops the engine gracefully.
 */
import { appendFileSync } from 'node:fs';

const path = process.env.TESSERA_BENCH_HEAP_FILE;
process.on('SIGWINCH', () => {
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  appendFileSync(path, `${JSON.stringify({ rss, heapUsed, external, arrayBuffers })}\n`);
});
