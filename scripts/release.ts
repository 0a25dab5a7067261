import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  checkVersion,
  NotReleasable,
  type ReleasedTexts,
  releasedTexts,
  unreleasedNotes,
} from './release-notes.ts';

/*
 * npm run release -- 1.2.3 [--dry-run]
 *
 * Looks before it changes anything: is the tree clean, is the version new, is there something to release, does the quick part of
 * the gate pass. Then one commit with the version everywhere, and a tag that carries the notes. It pushes nothing: whoever
 * releases looks at both first. A dry run does the same up to the first change.
 */
const FILES: Readonly<Record<keyof ReleasedTexts, string>> = {
  manifest: 'package.json',
  lock: 'package-lock.json',
  chart: 'deploy/helm/tessera/Chart.yaml',
  changelog: 'CHANGELOG.md',
};

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function checkTree(version: string): void {
  const changed = git('status', '--porcelain');
  if (changed !== '') throw new NotReleasable(`the tree is not clean; commit or put away:\n${changed}`);
  if (git('tag', '--list', `v${version}`) !== '')
    throw new NotReleasable(`there is a tag v${version} already`);
  if (git('branch', '--show-current') === '')
    throw new NotReleasable('no branch is checked out: the commit would be lost');
}

/** The scripts are the ones that everybody runs; what they say goes by as they say it. */
function runGate(): void {
  try {
    execFileSync('npm', ['run', '--silent', 'release:gate'], { stdio: 'inherit' });
  } catch (cause) {
    throw new NotReleasable('the gate does not pass: npm run release:gate', { cause });
  }
}

function read(): ReleasedTexts {
  const text = (file: string): string => readFileSync(file, 'utf8');
  const { manifest, lock, chart, changelog } = FILES;
  return { manifest: text(manifest), lock: text(lock), chart: text(chart), changelog: text(changelog) };
}

function release(version: string, dryRun: boolean): void {
  const texts = read();
  const { version: current } = JSON.parse(texts.manifest) as { readonly version: string };
  checkVersion(version, current);
  checkTree(version);
  const notes = unreleasedNotes(texts.changelog);
  const day = new Date().toISOString().slice(0, 10);
  const released = releasedTexts(texts, version, day);
  runGate();
  say(`${current} → ${version}, ${day}\n\n${notes}\n`);
  if (dryRun) {
    say(
      `dry run: nothing was changed; ${Object.values(FILES).join(', ')} would be, in one commit with the tag v${version}`,
    );
    return;
  }
  for (const [name, file] of Object.entries(FILES))
    writeFileSync(file, released[name as keyof ReleasedTexts]);
  git('commit', '--quiet', '--message', `Version ${version}`, '--', ...Object.values(FILES));
  git(
    'tag',
    '--annotate',
    `v${version}`,
    '--cleanup=whitespace',
    '--message',
    `Version ${version}\n\n${notes}`,
  );
  say(`committed and tagged; look at git show v${version}, then: git push --follow-tags`);
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: { 'dry-run': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [version, ...more] = positionals;
  if (version === undefined || more.length > 0) {
    process.stderr.write('usage: npm run release -- VERSION [--dry-run]\n');
    process.exitCode = 2;
    return;
  }
  try {
    release(version, values['dry-run']);
  } catch (error) {
    if (!(error instanceof NotReleasable)) throw error;
    process.stderr.write(`not released: ${error.message}\n`);
    process.exitCode = 1;
  }
}

main();
