import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (name: string): string => readFileSync(`${ROOT}${name}`, 'utf8');
const manifest = JSON.parse(read('package.json'));
const lock: Readonly<Record<string, Locked>> = JSON.parse(read('package-lock.json')).packages;
const packages = Object.entries(lock).filter(([path]) => path !== '');

/** Each was looked at: what its script would build or fetch comes as a package of its own, or is a word to the reader. */
const SCRIPTS_NOT_NEEDED = ['chdb', 'core-js', 'esbuild', 'lmdb', 'msgpackr-extract'];

/** That may be shipped together with a program under the Apache License. */
const LICENSES = /^(?:MIT|Apache-2\.0|ISC|0BSD|BSD-[23]-Clause|BlueOak-1\.0\.0|CC0-1\.0|Unlicense)$/;

describe('what is installed', () => {
  it('runs no script when it is, and none is needed', () => {
    expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
    const scripted = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(scripted.map(([path]) => path.replace('node_modules/', ''))).toEqual(SCRIPTS_NOT_NEEDED);
    expect(read('Dockerfile')).not.toMatch(/npm (?:install|i) /);
  });

  it('is named by exact versions, and comes from the registry as it was when it was locked', () => {
    const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    for (const [name, version] of Object.entries(named)) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)]);
      expect([name, lock[`node_modules/${name}`]?.version]).toEqual([name, version]);
    }
    for (const [path, { link, resolved, integrity, optional }] of packages) {
      expect([path, link ?? false]).toEqual([path, false]);
      // An address would tie everybody to one registry.
      expect(resolved, path).toBeUndefined();
      // What a lock file written here does not know are packages for other systems.
      expect(integrity ?? (optional ? 'sha512-' : 'none'), path).toMatch(/^sha512-/);
    }
  });

  it('may be shipped with this program', () => {
    const shipped = packages.filter(([, { dev, license }]) => dev !== true && license !== undefined);
    expect(shipped.length).toBeGreaterThan(50);
    const others = shipped.filter(([, { license = '' }]) => !LICENSES.test(license));
    expect(others.map(([path, { license }]) => `${path} ${license}`)).toEqual([]);
  });
});

describe('the container', () => {
  const dockerfile = read('Dockerfile');

  it('runs as a user without rights, and holds nothing that builds or tests', () => {
    const [, final = ''] = dockerfile.split(/^FROM base AS production$/m);
    expect(final).not.toBe('');
    expect(dockerfile).toMatch(/^FROM node:20-bookworm-slim AS base$[\s\S]*?^USER node$/m);
    expect(dockerfile).toMatch(/npm ci --omit=dev/);
    expect(dockerfile).not.toMatch(/^USER root$/m);
  });
});
