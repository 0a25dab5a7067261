import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { isExecutable, onPath } from './on-path.ts';

/** Programs that suites run against, servers and the browser, each a package of Debian with the same name. */
export type ServerName = 'redis-server' | 'nats-server' | 'chromium';

export type FoundServer = { readonly path: string } | { readonly missing: string };

/** Names another binary, to run the suites against another version. */
const ENVIRONMENT = {
  'redis-server': 'TESSERA_REDIS_SERVER',
  'nats-server': 'TESSERA_NATS_SERVER',
  chromium: 'TESSERA_CHROMIUM',
} as const;

/** Where Debian puts servers, and PATH may not look. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** Finds the server, installs it once per run where that is possible, or says why there is none. */
export function findServer(name: ServerName): FoundServer {
  const variable = ENVIRONMENT[name];
  const named = process.env[variable];
  if (named !== undefined && named !== '') {
    return isExecutable(named) ? { path: named } : { missing: `${variable} names no program: ${named}` };
  }
  const present = onPath(name, SYSTEM_FOLDERS);
  if (present !== undefined) return { path: present };
  const failure = install(name);
  const installed = onPath(name, SYSTEM_FOLDERS);
  return installed === undefined ? { missing: `${name} is not installed: ${failure}` } : { path: installed };
}

/** The path, for suites that know that they run only where the server is. */
export function requireServer(name: ServerName): string {
  const found = findServer(name);
  if ('missing' in found) throw new Error(found.missing);
  return found.path;
}

/** A suite that needs servers: skipped with the reason where one is missing, and a failure of the CI there. */
export function describeWith(names: readonly ServerName[], title: string, body: () => void): void {
  const missing = names.map(findServer).flatMap((found) => ('missing' in found ? [found.missing] : []));
  if (missing.length === 0) {
    describe(title, body);
  } else if (process.env.CI) {
    describe(title, () => {
      it('has the servers that it needs', () => {
        throw new Error(missing.join('; '));
      });
    });
  } else {
    describe.skip(`${title} (${missing.join('; ')})`, body);
  }
}

/** Test files run in several processes: `flock` lets one of them install, and the others find what it did. */
function install(name: ServerName): string {
  if (process.getuid?.() !== 0) return 'only root can install it';
  const failed = join(tmpdir(), `tessera-no-${name}-${process.ppid}`);
  const script = [
    `command -v ${name} && exit 0`,
    `test -e ${failed} && exit 1`,
    `touch ${failed}`,
    'apt-get update -q',
    `apt-get install -q -y --no-install-recommends ${name} && rm ${failed}`,
  ].join('\n');
  try {
    execFileSync('flock', [join(tmpdir(), 'tessera-apt.lock'), 'sh', '-c', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
      // The package would start a daemon on the usual port; at this run level it does not.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
    return 'the package holds no such program';
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return `apt-get could not install it (${text.split('\n').at(-1) ?? ''})`;
  }
}
