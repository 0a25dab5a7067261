import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTree } from '../../src/cli/completion/command-tree.ts';
import { onPath } from '../support/on-path.ts';
import { wholeProgram } from './whole-program.ts';

const tree = commandTree(wholeProgram().program);
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-completion-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function scriptFor(shell: string): Promise<string> {
  const { program, written } = wholeProgram();
  await program.parseAsync(['completion', shell], { from: 'user' });
  return written.out;
}

/** What bash offers behind each of these lines, the cursor behind the last word: all of them asked in one bash. */
async function offeredByBash(lines: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
  const script = join(directory, 'tessera.bash');
  writeFileSync(script, await scriptFor('bash'));
  const quoted = (word: string): string => `'${word}'`;
  const asked = lines.map(
    (words) =>
      `COMP_WORDS=(tessera ${words.map(quoted).join(' ')}); COMP_CWORD=${words.length}; COMPREPLY=(); _tessera; printf '%s ' "\${COMPREPLY[@]}"; echo`,
  );
  const out = execFileSync('bash', ['--norc', '-c', [`source ${script}`, ...asked].join('\n')], {
    encoding: 'utf8',
    cwd: directory,
  });
  return out
    .split('\n')
    .slice(0, lines.length)
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

describe('completion', () => {
  it('offers every command and every option in a real bash', async () => {
    const offered = await offeredByBash(tree.map(({ path }) => [...path, '']));
    const missing = tree.flatMap(({ path, commands, options }, n) => {
      const wanted = [
        ...commands.map(({ name }) => name),
        ...options.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))),
      ];
      return wanted
        .filter((word) => offered[n]?.includes(word) !== true)
        .map((word) => [...path, word].join(' '));
    });
    expect(missing).toEqual([]);
    expect(tree.length).toBeGreaterThan(80);
  });

  it('goes by what is written already, steps over values, and offers values and files where they belong', async () => {
    writeFileSync(join(directory, 'orders.csv'), '');
    const offered = await offeredByBash([
      ['seg'],
      ['segments', '--url', 'http://x', ''],
      ['segments', 'members', 'loyal', '--con'],
      ['sql', '--key', 'segments', '--for'],
      ['completion', ''],
      ['definitions', 'show', 'fea'],
      ['identity', 'reviews', '--status', ''],
      ['import', 'ord'],
      ['import', 'orders.csv', '--map', 'ord'],
      ['backtest', 'x', '--from', ''],
    ]);
    expect(offered[0]).toEqual(['segments']);
    expect(offered[2]).toEqual(['--consent']);
    expect(offered[3]).toEqual(['--format']);
    expect(offered[4]).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect(offered[5]).toEqual(['features']);
    expect(offered[6]).toContain('open');
    expect([offered[7], offered[8]]).toEqual([['orders.csv'], ['orders.csv']]);
    expect(offered[9]).toEqual([]);
  });

  it('names every command and option in the scripts of zsh and fish, which their shells read where they are', async () => {
    const [zsh, fish] = [await scriptFor('zsh'), await scriptFor('fish')];
    const missing = tree.flatMap(({ path, options }) => {
      const functions = `${['_tessera', ...path].join('_').replaceAll('-', '_')}() {`;
      const at = `-n '${[path.length === 0 ? '__tessera_only' : '__tessera_at', ...path].join(' ')}' `;
      const long = options.flatMap(({ names }) => names.filter((name) => name.startsWith('--')));
      const body = zsh.slice(zsh.indexOf(functions), zsh.indexOf('\n}\n', zsh.indexOf(functions)));
      return [
        ...(zsh.includes(functions) ? [] : [functions]),
        ...long.filter((name) => !body.includes(name)).map((name) => `zsh ${path.join(' ')} ${name}`),
        ...long
          .filter((name) => !new RegExp(`^complete -c tessera ${at}.*-l ${name.slice(2)} `, 'm').test(fish))
          .map((name) => `fish ${path.join(' ')} ${name}`),
      ];
    });
    expect(missing).toEqual([]);
    for (const [shell, script] of Object.entries({ zsh, fish })) {
      const installed = onPath(shell);
      const file = join(directory, `tessera.${shell}`);
      writeFileSync(file, script);
      // Without the shell its own parser cannot be asked; the words above were looked for all the same.
      if (installed !== undefined) execFileSync(installed, ['-n', file]);
    }
  });

  it('prints all of it as JSON', async () => {
    const { program, written } = wholeProgram();
    await program.parseAsync(['completion', 'bash', '--json'], { from: 'user' });
    expect(JSON.parse(written.out)).toEqual({ commands: commandTree(program) });
  });
});
