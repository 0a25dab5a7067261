import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandTree } from '../../src/cli/completion/command-tree.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { wholeProgram } from './whole-program.ts';

const { program } = wholeProgram();
const tree = commandTree(program);
const leaves = tree.filter(({ commands, path }) => commands.length === 0 && path.length > 0);
const namesOf = (path: readonly string[]): string => path.join(' ');

/** What `--help` prints of a command. */
function helpOf(path: readonly string[]): string {
  let command: Command = program;
  for (const name of path) command = command.commands.find((each) => each.name() === name) ?? command;
  let text = '';
  command.configureOutput({
    writeOut: (written) => {
      text += written;
    },
  });
  command.outputHelp();
  return text;
}

describe('the command line', () => {
  it('has every command of the contract', () => {
    const contract =
      'dev serve import generate send tail replay backfill backtest identity fit report evaluate schema sql erase export keys backup restore doctor definitions completion';
    const names = tree.filter(({ path }) => path.length === 1).map(({ path }) => path[0]);
    expect(contract.split(' ').filter((name) => !names.includes(name))).toEqual([]);
  });

  it('answers JSON everywhere', () => {
    const without = leaves.filter(({ options }) => !options.some(({ names }) => names.includes('--json')));
    expect(without.map(({ path }) => namesOf(path))).toEqual([]);
  });

  it('has in every help examples that name the command, and the exit codes', () => {
    const lacking = leaves.filter(({ path }) => {
      const help = helpOf(path);
      return !(
        help.includes('Exit codes: 0 ') &&
        help.includes('Examples:\n') &&
        help.includes(`tessera ${path[0] ?? ''}`)
      );
    });
    expect(lacking.map(({ path }) => namesOf(path))).toEqual([]);
  });

  it('shows no example of a command or an option that there is not', () => {
    const wrong = leaves.flatMap(({ path }) => examplesIn(helpOf(path)).filter((line) => !isKnown(line)));
    expect([...new Set(wrong)]).toEqual([]);
  });

  it('has all commands and exit codes in the docs, and no others', () => {
    const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
    const told = [...page.matchAll(/^\| `tessera ([^`]+)` \|/gm)].map((match) => match[1] ?? '');
    expect(told.sort()).toEqual(leaves.map(({ path }) => namesOf(path)).sort());
    const codes = [...page.matchAll(/^\| `?(\d+)`? \|/gm)].map((match) => Number(match[1]));
    expect(codes).toEqual([...Object.values(exitCodes), 130]);
  });
});

function examplesIn(help: string): readonly string[] {
  const [, examples = ''] = help.split('Examples:\n');
  return [...examples.matchAll(/^ {2}(.*\btessera .*)$/gm)].flatMap((match) => {
    const [, words] = /\btessera (.*)$/.exec(match[1] ?? '') ?? [];
    // What stands behind a pipe or a redirection is not ours.
    return words === undefined ? [] : [words.split(/ [|>] |\)/)[0] ?? ''];
  });
}

/** Whether the words name a command of the program, and every option of them one of that command. */
function isKnown(line: string): boolean {
  const words = line.trim().split(/\s+/);
  let path: readonly string[] = [];
  for (const word of words) {
    if (!tree.some((command) => namesOf(command.path) === namesOf([...path, word]))) break;
    path = [...path, word];
  }
  const command = tree.find((each) => namesOf(each.path) === namesOf(path));
  const options = words.filter((word) => word.startsWith('--') && word.length > 2);
  return (
    path.length > 0 &&
    options.every((option) => command?.options.some(({ names }) => names.includes(option)) === true)
  );
}
