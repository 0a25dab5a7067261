import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';
import { expect, it } from 'vitest';

const CONFIG = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));
/** All that a browser loads before the first page, as it comes over the wire. */
const BUDGET_BYTES = 150_000;

it('is loaded in at most 150 KB, compressed', async () => {
  // One build has one output where no watching is asked for.
  const { output } = (await build({ configFile: CONFIG, build: { write: false } })) as Rollup.RollupOutput;
  const bytes = output.map((part) => gzipSync(part.type === 'chunk' ? part.code : part.source).length);
  expect(bytes.length).toBeGreaterThan(2);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(BUDGET_BYTES);
});
