import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The console: `npm run build` puts it where the engine looks for it. Addresses are relative, so it may lie behind any path. */
export default defineConfig({
  root: fileURLToPath(new URL('src/console', import.meta.url)),
  base: './',
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page forbids what is written into it, which this would be.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
