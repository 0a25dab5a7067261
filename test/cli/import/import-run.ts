import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportOptions } from '../../../src/cli/import/run.ts';
import type { Progress } from '../../../src/cli/progress.ts';

const DATA = new URL('../../../../shared/data/', import.meta.url);

/** Path of a file of real data, and the reason to skip where the folder is absent. */
export function sharedData(name: string): { readonly path: string; readonly missing: boolean } {
  const path = new URL(name, DATA).pathname;
  return { path, missing: !existsSync(path) };
}

export const SILENT: Progress = {
  start: () => undefined,
  update: () => undefined,
  note: () => undefined,
  stop: () => undefined,
};

export const KEY = 'sk_test_00000000000000000000000000000000';
export const NOW = Date.UTC(2026, 10, 21, 12);

/** A directory of its own for one test: input files, progress files, side files. */
export class Workplace {
  readonly directory = mkdtempSync(join(tmpdir(), 'tessera-import-'));

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Options of an import whose side files stay in this directory, with a clock that stands still. */
  options(file: string, map: string, url: string): ImportOptions {
    return {
      file,
      map,
      url,
      key: KEY,
      clock: { now: () => NOW },
      progress: SILENT,
      progressPath: this.path('progress.json'),
      rejectsPath: this.path('rejected.ndjson'),
      delay: () => Promise.resolve(),
    };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
