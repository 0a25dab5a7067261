import type { KnownCommand } from './command-tree.ts';

/** One name of an option that a value follows. */
export interface ValueOption {
  readonly name: string;
  readonly about: string;
  readonly values: readonly string[];
  readonly takesFile: boolean;
}

export function valueOptions({ options }: KnownCommand): readonly ValueOption[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .flatMap(({ names, about, values, takesFile }) =>
      names.map((name) => ({ name, about, values, takesFile })),
    );
}

/** A word that every POSIX shell, zsh and fish read as it is; without quotes where it needs none. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
