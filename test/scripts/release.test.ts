import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

/*
 * The script is run on a clone of a small repository with the project's own files, whose gate is a file that is there or not: what
 * the gate holds, other tests are about.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILES = ['package.json', 'package-lock.json', 'deploy/helm/tessera/Chart.yaml'];
const base = mkdtempSync(join(tmpdir(), 'tessera-release-'));
const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n### Added\n\n* Something new.\n\n## 0.1.0\n\nThe first version.\n';
let directory = '';

function git(...args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8', env }).trim();
}

function release(...args: readonly string[]) {
  const tsx = join(ROOT, 'node_modules/.bin/tsx');
  const script = join(ROOT, 'scripts/release.ts');
  const ran = spawnSync(tsx, [script, ...args], { cwd: directory, encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

function read(file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}

beforeEach(() => {
  const origin = mkdtempSync(join(base, 'origin-'));
  directory = origin;
  mkdirSync(join(origin, 'deploy/helm/tessera'), { recursive: true });
  for (const file of FILES) cpSync(join(ROOT, file), join(origin, file));
  const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  manifest.scripts['release:gate'] = 'test ! -e gate-is-shut';
  writeFileSync(
    join(origin, 'package.json'),
    `${JSON.stringify({ ...manifest, version: '0.1.0' }, null, 2)}\n`,
  );
  writeFileSync(join(origin, 'CHANGELOG.md'), CHANGELOG);
  writeFileSync(join(origin, '.gitignore'), 'gate-is-shut\n');
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Nobody');
  git('config', 'user.email', 'nobody@example.com');
  git('add', '.');
  git('commit', '--quiet', '--message', 'What there is');
  directory = `${origin}-clone`;
  execFileSync('git', ['clone', '--quiet', origin, directory]);
  git('config', 'user.name', 'Nobody');
  git('config', 'user.email', 'nobody@example.com');
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('npm run release', () => {
  it('puts the version everywhere and the notes under it, in one commit with a tag, and pushes nothing', () => {
    const head = git('rev-parse', 'HEAD');
    const ran = release('0.2.0');
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(ran.out).toContain('0.1.0 → 0.2.0');
    expect(JSON.parse(read('package.json'))).toMatchObject({ version: '0.2.0' });
    const lock = JSON.parse(read('package-lock.json')) as {
      version: string;
      packages: Record<string, object>;
    };
    expect([lock.version, lock.packages['']]).toEqual([
      '0.2.0',
      expect.objectContaining({ version: '0.2.0' }),
    ]);
    expect(read('deploy/helm/tessera/Chart.yaml')).toMatch(/^version: 0\.2\.0\nappVersion: 0\.2\.0$/m);
    const day = new Date().toISOString().slice(0, 10);
    expect(read('CHANGELOG.md')).toBe(
      `# Changelog\n\n## Unreleased\n\n## 0.2.0 (${day})\n\n### Added\n\n* Something new.\n\n## 0.1.0\n\nThe first version.\n`,
    );
    expect(git('status', '--porcelain')).toBe('');
    expect(git('rev-parse', 'HEAD~1')).toBe(head);
    expect(git('log', '-1', '--format=%s')).toBe('Version 0.2.0');
    expect(git('tag', '--list', '--format=%(contents)', 'v0.2.0')).toContain('### Added\n\n* Something new.');
    expect(git('rev-parse', 'origin/main')).toBe(head);
    // Nothing is left to release, and the next version needs notes of its own.
    const again = release('0.3.0');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('nothing stands under Unreleased')]);
  });

  it('changes nothing in a dry run, and says what it would do', () => {
    const before = git('rev-parse', 'HEAD');
    const ran = release('0.2.0', '--dry-run');
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining('nothing was changed')]);
    expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')]).toEqual([before, '', '']);
  });

  it('refuses, and changes nothing: a tree with changes, a tag that is there, a gate that is shut, a version that is none', () => {
    const refusals: readonly (readonly [() => void, string, string])[] = [
      [() => writeFileSync(join(directory, 'stray'), ''), '0.2.0', 'the tree is not clean'],
      [() => rmSync(join(directory, 'stray')), '0.1.0', 'does not come after 0.1.0'],
      [() => undefined, '0.0.9', 'does not come after'],
      [() => undefined, 'next', 'is no version'],
      [() => git('tag', 'v0.2.0'), '0.2.0', 'a tag v0.2.0 already'],
      [() => writeFileSync(join(directory, 'gate-is-shut'), ''), '0.2.1', 'the gate does not pass'],
    ];
    const head = git('rev-parse', 'HEAD');
    for (const [spoil, version, why] of refusals) {
      spoil();
      const ran = release(version);
      expect([version, ran.code, ran.err]).toEqual([version, 1, expect.stringContaining(why)]);
    }
    expect([git('rev-parse', 'HEAD'), git('tag')]).toEqual([head, 'v0.2.0']);
    expect(release()).toMatchObject({ code: 2 });
  });
});
