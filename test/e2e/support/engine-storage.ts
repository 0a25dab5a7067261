import { join } from 'node:path';

/**
 * On what the engines under test keep their data: the switch `TEST_ON`. Without it in a data directory, with `staged` in
 * one of several partitions, with `servers` on the NATS and Redis that `TEST_NATS_URL` and `TEST_REDIS_URL` name.
 */
export const testedOn = process.env.TEST_ON ?? 'embedded';

/** Settings of an engine; what lies in one data directory belongs to one space on the servers. */
export function storageSettings(directory: string): Record<string, string> {
  if (testedOn === 'staged') return { TESSERA_PARTITIONS: '3' };
  if (testedOn !== 'servers') return {};
  const { TEST_NATS_URL = '', TEST_REDIS_URL = '' } = process.env;
  return {
    TESSERA_PARTITIONS: '3',
    TESSERA_NATS_URL: TEST_NATS_URL,
    TESSERA_REDIS_URL: TEST_REDIS_URL,
    TESSERA_SPACE: spaceOf(directory),
  };
}

/** Where log and state of an engine lie in files. */
export function storageDirectories(directory: string): { readonly log: string; readonly state: string } {
  const { TEST_NATS_DIRECTORY = '', TEST_REDIS_DIRECTORY = '' } = process.env;
  return testedOn === 'servers'
    ? { log: TEST_NATS_DIRECTORY, state: TEST_REDIS_DIRECTORY }
    : { log: join(directory, 'log'), state: join(directory, 'state') };
}

/** Names of spaces are short words; a directory's own part is random. */
function spaceOf(directory: string): string {
  let hash = 7n;
  for (const character of directory) hash = (hash * 131n + BigInt(character.charCodeAt(0))) % 2n ** 61n;
  return `t${hash.toString(36)}`;
}
