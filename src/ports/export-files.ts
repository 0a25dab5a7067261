import type { Readable } from 'node:stream';

/** Files that can be read with a key alone that is kept elsewhere, so that what lies on the disk says nothing. */
export interface ExportFiles {
  /**
   * Writes a file under a fresh key and answers it once the file is complete. Fails with `export_too_large` beyond so many bytes, and
   * leaves nothing behind when it fails.
   */
  write(
    name: string,
    text: AsyncIterable<string>,
    bytesMax: number,
  ): Promise<{ readonly key: Uint8Array; readonly bytes: number }>;
  /** The text again. The stream fails where the file was changed, or the key is another one's. */
  read(name: string, key: Uint8Array): Readable;
  /** One that is not there is removed already. */
  remove(name: string): Promise<void>;
  /** Removes all: nobody has the keys of what another process has left. */
  clear(): Promise<void>;
}
