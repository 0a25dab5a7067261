import { Argument, type Command } from 'commander';
import { bashCompletion } from './completion/bash.ts';
import { commandTree, type KnownCommand } from './completion/command-tree.ts';
import { fishCompletion } from './completion/fish.ts';
import { zshCompletion } from './completion/zsh.ts';
import type { CliContext } from './context.ts';

const HELP = `
Prints a script for the shell, made of the commands that this version has. It asks no engine: what it offers are commands,
options, files, and values where an option or an argument has a fixed set of them.

Exit codes: 0 done; 2 wrong usage.

Examples:
  source <(tessera completion bash)
  tessera completion bash > /etc/bash_completion.d/tessera
  tessera completion zsh > "\${fpath[1]}/_tessera"
  tessera completion fish > ~/.config/fish/completions/tessera.fish
`;

const SHELLS: Readonly<Record<string, (tree: readonly KnownCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Adds `tessera completion` to the program, which it describes when it is called: later commands are in it too. */
export function registerCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'which').choices(Object.keys(SHELLS)))
    .option('--json', 'print all commands with their options as JSON instead')
    .addHelpText('after', HELP)
    .action((shell: string, flags: { readonly json?: boolean }) => {
      const tree = commandTree(program);
      // Choices have been checked.
      const script =
        flags.json === true ? `${JSON.stringify({ commands: tree })}\n` : (SHELLS[shell]?.(tree) ?? '');
      context.stdout.write(script);
    });
}
