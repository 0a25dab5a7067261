import { join } from 'node:path';
import { registerBeside } from '../adapters/embedded/erasure-register.ts';
import type { Secrets } from '../adapters/embedded/secrets.ts';
import type { Config } from '../config.ts';

/** The process that keeps what a node keeps once. */
export const FIRST_PROCESS = 1;

/**
 * True where history lies in a process: then it is the first one's, and the others ask that one, so that the shared port
 * answers questions about history whichever process takes them.
 */
export function lendsHistory({ clickhouseUrl, roles }: Config): boolean {
  return clickhouseUrl === undefined && roles.includes('history');
}

/**
 * The settings of one process. They share port, keys and servers. The first one works in the directory of the node, as a
 * node of one process does, so that a node may grow and shrink and finds its history again; each of the others has a
 * directory of its own inside.
 */
export function settingsOfProcess(config: Config, process: number, secrets: Secrets): Config {
  const { writeKey = config.mode === 'serve' ? undefined : secrets.writeKey } = config;
  const settings = { ...config, ...secrets, writeKey, processes: 1 };
  if (process === FIRST_PROCESS) {
    // The others must be able to ask.
    return lendsHistory(config) ? { ...settings, historyPort: config.historyPort ?? 0 } : settings;
  }
  return {
    ...settings,
    dataDirectory: join(config.dataDirectory, `process-${process}`),
    // One for the node, whichever of its processes keeps it.
    erasuresFile: config.erasuresFile ?? registerBeside(config.dataDirectory),
    historyPort: undefined,
    roles: lendsHistory(config) ? config.roles.filter((role) => role !== 'history') : config.roles,
  };
}

/** The address at which a process with the secret key may ask for history. */
export function historyAddress(url: string, { secretKey }: Pick<Secrets, 'secretKey'>): string {
  const address = new URL(url);
  address.username = 'default';
  address.password = encodeURIComponent(secretKey);
  return address.href;
}
