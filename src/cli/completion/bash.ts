import type { KnownCommand } from './command-tree.ts';
import { quote, valueOptions } from './shell-words.ts';

/*
 * One function. It walks over the words before the cursor to find which command they name, stepping over the values of
 * options; then it offers the values of the option in front of the cursor, or the command's own words. Bash 3 has no
 * associative arrays, and macOS still ships it: so the words are in `case`s.
 */
export function bashCompletion(tree: readonly KnownCommand[]): string {
  return `# Completion of tessera for bash: source <(tessera completion bash)
_tessera() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" word i words="" files="" after=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ -n $after ]]; then after=""; continue; fi
    case "$path $word" in
${tree.flatMap(stepsFrom).join('\n')}
    esac
  done
  case "$path $previous" in
${tree.flatMap(valuesOfOptions).join('\n')}
  *)
    case "$path" in
${tree.map(wordsOf).join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n $files ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -F _tessera tessera
`;
}

/** \`path word\` as the script matches it: the path has a blank in front of each of its names. */
function placeOf({ path }: KnownCommand, word: string): string {
  return quote(`${path.map((name) => ` ${name}`).join('')} ${word}`);
}

function stepsFrom(command: KnownCommand): readonly string[] {
  const below = command.commands.map(({ name }) => `    ${placeOf(command, name)}) path="$path $word" ;;`);
  const valued = valueOptions(command).map(({ name }) => placeOf(command, name));
  return valued.length === 0 ? below : [...below, `    ${valued.join('|')}) after=1 ;;`];
}

function valuesOfOptions(command: KnownCommand): readonly string[] {
  return valueOptions(command).map(({ name, values, takesFile }) => {
    const offered = takesFile ? 'files=1' : `words=${quote(values.join(' '))}`;
    return `  ${placeOf(command, name)}) ${offered} ;;`;
  });
}

function wordsOf({ path, commands, options, values, takesFile }: KnownCommand): string {
  const words = [
    ...commands.map(({ name }) => name),
    ...values,
    ...options.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))),
  ];
  const place = quote(path.map((name) => ` ${name}`).join(''));
  return `    ${place}) words=${quote(words.join(' '))}${takesFile ? '; files=1' : ''} ;;`;
}
