import { readFile } from 'node:fs/promises';
import { createSecureContext, Server } from 'node:tls';
import { RepeatedLook } from '../background/repeated-look.ts';
import type { TlsConfig } from '../config/read-tls.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import type { TlsFiles } from '../serve/server-frame.ts';

/** Certificate and key as they are now. Fails with `invalid_config` where they cannot be read or do not fit each other. */
export async function readTlsFiles({ certFile, keyFile }: TlsConfig): Promise<TlsFiles> {
  const files = { cert: await readPem('cert', certFile), key: await readPem('key', keyFile) };
  try {
    createSecureContext(files);
  } catch (cause) {
    // What the library says of it may quote the key.
    const detail = 'TESSERA_TLS_CERT_FILE and TESSERA_TLS_KEY_FILE hold no certificate with its private key';
    throw new TesseraError('invalid_config', detail, { cause });
  }
  return files;
}

async function readPem(what: 'cert' | 'key', path: string): Promise<string> {
  const name = `TESSERA_TLS_${what.toUpperCase()}_FILE`;
  try {
    const text = await readFile(path, 'latin1');
    if (text.length <= limits.tlsFileBytesMax) return text;
  } catch (cause) {
    throw new TesseraError('invalid_config', `${name} names a file that cannot be read`, { cause });
  }
  throw new TesseraError('invalid_config', `${name} names a file that is too large`);
}

export interface TlsRenewalOptions {
  readonly config: TlsConfig;
  /** What the server began with. */
  readonly files: TlsFiles;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/**
 * Takes up a renewed certificate without a restart: new connections get it, open ones go on. The files are looked at again
 * and again instead of waiting for a signal, which would have to reach every process of every node; files that do not fit
 * each other, because one of them is being written, leave the old ones in force. Goes on until it is stopped.
 */
export function renewTls(
  server: object,
  { config, files, logger, everyMs = limits.tlsLookMs }: TlsRenewalOptions,
): RepeatedLook {
  let inForce = files;
  const look = new RepeatedLook({
    everyMs,
    look: async () => {
      const found = await readTlsFiles(config);
      if (found.cert === inForce.cert && found.key === inForce.key) return;
      if (!(server instanceof Server)) return;
      server.setSecureContext(found);
      inForce = found;
      logger.info('a renewed certificate is in force');
    },
    onError: (error) => logger.warn({ error: describeError(error) }, 'the certificate stays as it is'),
  });
  look.start();
  return look;
}
