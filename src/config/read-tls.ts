import type { ConfigInput } from '../config.ts';
import { refusal } from './config-file.ts';

/** Files in PEM form: they are read at the start, and again when they have changed. */
export interface TlsConfig {
  /** The certificate with its chain. */
  readonly certFile: string;
  /** Its private key. */
  readonly keyFile: string;
}

/** From the environment alone, as mounted secrets are. Absent: TLS ends in front of the engine. */
export function readTls({ env }: ConfigInput): TlsConfig | undefined {
  const certFile = env.TESSERA_TLS_CERT_FILE || undefined;
  const keyFile = env.TESSERA_TLS_KEY_FILE || undefined;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile !== undefined && keyFile !== undefined) return Object.freeze({ certFile, keyFile });
  return refusal('TESSERA_TLS_CERT_FILE')('and TESSERA_TLS_KEY_FILE belong together');
}
