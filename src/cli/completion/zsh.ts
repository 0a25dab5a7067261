import type { KnownCommand, KnownOption } from './command-tree.ts';
import { quote } from './shell-words.ts';

/* A function for each command, as zsh's own completions are written: `_arguments` knows options, values and what follows them. */
export function zshCompletion(tree: readonly KnownCommand[]): string {
  return `#compdef tessera
# Completion of tessera for zsh: tessera completion zsh > "\${fpath[1]}/_tessera"
${tree.map(functionOf).join('\n')}
if [ "$funcstack[1]" = "_tessera" ]; then _tessera "$@"; else compdef _tessera tessera; fi
`;
}

function functionOf(command: KnownCommand): string {
  const specs = command.options.map(specOf);
  return command.commands.length === 0 ? leaf(command, specs) : group(command, specs);
}

function leaf(command: KnownCommand, specs: readonly string[]): string {
  const { values, takesFile } = command;
  const action = values.length > 0 ? `(${values.join(' ')})` : takesFile ? '_files' : '';
  return `${nameOf(command.path)}() {
  _arguments -s \\
    ${[...specs, quote(`*:argument:${action}`)].join(' \\\n    ')}
}
`;
}

function group(command: KnownCommand, specs: readonly string[]): string {
  const offered = command.commands.map(({ name, about }) => quote(`${name}:${about.replaceAll(':', ' -')}`));
  // "help" is a word of commander's and has no function of its own.
  const cases = command.commands
    .filter(({ name }) => name !== 'help')
    .map(({ name }) => `    ${name}) ${nameOf([...command.path, name])} ;;`);
  return `${nameOf(command.path)}() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
    ${offered.join('\n    ')}
  )
  _arguments -C \\
    ${[...specs, quote('1: :->command'), quote('*:: :->rest')].join(' \\\n    ')}
  case $state in
  command) _describe command commands ;;
  rest)
    case $line[1] in
${cases.join('\n')}
    esac ;;
  esac
}
`;
}

function specOf({ names, about, takesValue, values, takesFile }: KnownOption): string {
  const text = `[${about.replaceAll(/[[\]:]/g, ' ')}]`;
  const action = values.length > 0 ? `(${values.join(' ')})` : takesFile ? '_files' : ' ';
  const value = takesValue ? `:value:${action}` : '';
  const [first = '', second] = names;
  if (second === undefined) return quote(`${first}${text}${value}`);
  return `${quote(`(${first} ${second})`)}{${first},${second}}${quote(`${text}${value}`)}`;
}

function nameOf(path: readonly string[]): string {
  return ['_tessera', ...path].join('_').replaceAll('-', '_');
}
