import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline as connect, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assert, TesseraError } from '../../errors.ts';
import type { ExportFiles } from '../../ports/export-files.ts';

/*
 * AES-256-GCM over the whole file, its tag at the end, each file under a key of its own that is never written down. So a nonce
 * is used once by construction, and a file that a crash has left behind is noise.
 */
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const NONCE = Buffer.alloc(12);
const NAME = /^[\w-]{1,64}$/;

/** Files in a directory of their own, which is made when it is first needed. */
export function openExportFiles(directory: string): ExportFiles {
  const pathOf = (name: string): string => {
    assert(NAME.test(name), 'a name of a file is no path');
    return join(directory, name);
  };
  const remove = async (name: string): Promise<void> => {
    await rm(pathOf(name), { force: true });
  };
  return {
    async write(name, text, bytesMax) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const key = randomBytes(KEY_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, NONCE);
      let bytes = 0;
      async function* sealed(): AsyncGenerator<Buffer> {
        for await (const part of text) {
          bytes += Buffer.byteLength(part);
          if (bytes > bytesMax)
            throw new TesseraError('export_too_large', `The export has more than ${bytesMax} bytes.`);
          yield cipher.update(part, 'utf8');
        }
        yield cipher.final();
        yield cipher.getAuthTag();
      }
      try {
        // Opened before anything can fail: a stream that opens its file itself may do so after what failed was removed.
        const file = await open(pathOf(name), 'wx', 0o600);
        await pipeline(sealed(), file.createWriteStream());
      } catch (cause) {
        await remove(name);
        if (cause instanceof TesseraError) throw cause;
        throw new TesseraError('internal', 'the export could not be written', { cause });
      }
      return { key, bytes };
    },
    // What fails ends the text with its error, which is all that there is to do about it.
    read: (name, key) => connect(createReadStream(pathOf(name)), opening(key), () => undefined),
    remove,
    async clear() {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      for (const name of await readdir(directory)) await rm(join(directory, name), { force: true });
    },
  };
}

/** Holds back what may be the tag until it is known where the file ends. */
function opening(key: Uint8Array): Transform {
  const decipher = createDecipheriv('aes-256-gcm', key, NONCE);
  let held = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = Buffer.concat([held, chunk]);
      const end = Math.max(0, all.length - TAG_BYTES);
      held = all.subarray(end);
      done(null, decipher.update(all.subarray(0, end)));
    },
    flush(done) {
      try {
        decipher.setAuthTag(held);
        done(null, decipher.final());
      } catch (cause) {
        done(new TesseraError('seal_broken', 'the export was changed', { cause }));
      }
    },
  });
}
