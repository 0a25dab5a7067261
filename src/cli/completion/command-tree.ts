import type { Command, Option } from 'commander';

/** One command as a shell has to know it. */
export interface KnownCommand {
  /** Names from the program's down to this one; empty for the program itself. */
  readonly path: readonly string[];
  readonly about: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly KnownOption[];
  /** What may stand in the place of an argument; empty where that is anything. */
  readonly values: readonly string[];
  /** An argument names a file or a directory. */
  readonly takesFile: boolean;
}

export interface KnownOption {
  /** Such as `--json`, or `-V` and `--version`. */
  readonly names: readonly string[];
  readonly about: string;
  readonly takesValue: boolean;
  readonly values: readonly string[];
  readonly takesFile: boolean;
}

const HELP_OPTION: KnownOption = {
  names: ['-h', '--help'],
  about: 'display help for command',
  takesValue: false,
  values: [],
  takesFile: false,
};

/** What is written between angle brackets where a file or a directory is meant. */
const FILE_WORD = /<(file|path|directory|map|backup)>/;

/** Every command of the program, itself included, as it is registered: there is no second list to forget something in. */
export function commandTree(program: Command, path: readonly string[] = []): readonly KnownCommand[] {
  const below = program.commands.flatMap((command) => commandTree(command, [...path, command.name()]));
  return [describeCommand(program, path), ...below];
}

function describeCommand(command: Command, path: readonly string[]): KnownCommand {
  const commands = command.commands.map((each) => ({ name: each.name(), about: each.description() }));
  const named = command.registeredArguments.map((argument) => `<${argument.name()}>`).join(' ');
  return {
    path,
    about: command.description(),
    // Commander answers to this word wherever there are commands below.
    commands: commands.length === 0 ? [] : [...commands, { name: 'help', about: 'display help for command' }],
    options: [...command.options.map(describeOption), HELP_OPTION],
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    takesFile: FILE_WORD.test(named),
  };
}

function describeOption({
  short,
  long,
  description,
  required,
  optional,
  argChoices,
  flags,
}: Option): KnownOption {
  return {
    names: [short, long].filter((name) => name !== undefined),
    about: description,
    takesValue: required || optional,
    values: argChoices ?? [],
    takesFile: FILE_WORD.test(flags),
  };
}
