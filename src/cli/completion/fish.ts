import type { KnownCommand, KnownOption } from './command-tree.ts';

/* Lines of \`complete\`, each with the condition under which it holds: which command the words before the cursor name. */
export function fishCompletion(tree: readonly KnownCommand[]): string {
  return `# Completion of tessera for fish: tessera completion fish > ~/.config/fish/completions/tessera.fish
function __tessera_at
    set -l named
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; or set -a named $word
    end
    set -l wanted (count $argv)
    test (count $named) -ge $wanted; or return 1
    test $wanted -eq 0; or test "$named[1..$wanted]" = "$argv"
end
function __tessera_only
    set -l named
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; or set -a named $word
    end
    test "$named" = "$argv"
end
complete -c tessera -f
${tree.flatMap(linesOf).join('\n')}
`;
}

function linesOf(command: KnownCommand): readonly string[] {
  const { path, commands, options, values, takesFile } = command;
  const at = `-n ${quote(['__tessera_at', ...path].join(' '))}`;
  const only = `-n ${quote(['__tessera_only', ...path].join(' '))}`;
  return [
    ...commands.map(({ name, about }) => `complete -c tessera ${only} -a ${name} -d ${quote(about)}`),
    ...(path.length === 0 ? [] : options.map((option) => `complete -c tessera ${at} ${optionOf(option)}`)),
    ...(path.length === 0 ? options.map((option) => `complete -c tessera ${only} ${optionOf(option)}`) : []),
    ...(values.length === 0 ? [] : [`complete -c tessera ${at} -a ${quote(values.join(' '))}`]),
    ...(takesFile ? [`complete -c tessera ${at} -F`] : []),
  ];
}

function optionOf({ names, about, takesValue, values, takesFile }: KnownOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = takesValue ? ['-r'] : [];
  const offered = values.length > 0 ? ['-a', quote(values.join(' '))] : takesFile ? ['-F'] : [];
  return [...flags, ...value, ...offered, '-d', quote(about)].join(' ');
}

/** Inside single quotes fish takes only these two for anything else. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
