import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { TesseraError } from '../../errors.ts';

/** A file that is replaced as a whole: written aside, flushed, renamed. */
export interface SnapshotFile {
  /** Undefined where there is none. */
  read(): Promise<Uint8Array | undefined>;
  /** Part by part, as the disk takes them; whatever else goes on in the process goes on in between. */
  write(parts: Iterable<Uint8Array>): Promise<void>;
}

/** Fails with `state_unavailable` where the disk does. */
export function openSnapshotFile(path: string): SnapshotFile {
  const fail = (cause: unknown): never => {
    throw new TesseraError('state_unavailable', `${path} cannot be read or written`, { cause });
  };
  return {
    async read() {
      try {
        return await readFile(path);
      } catch (cause) {
        // Node says so of a file that is not there.
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
        return fail(cause);
      }
    },
    async write(parts) {
      try {
        const draft = `${path}.new`;
        const file = await open(draft, 'w', 0o600);
        try {
          await writeFile(file, parts);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      } catch (cause) {
        fail(cause);
      }
    },
  };
}
