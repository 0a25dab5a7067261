import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/support/tested-servers.ts'],
    include: ['test/**/*.test.ts'],
    // Suites that start engines, kill them and wait for history need more than the default 5 s.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers only make the engines under test fight for them.
    maxWorkers: 2,
    reporters: ['default'],
  },
});
