/**
 * Problem: JSON.parse keeps the last of two equal keys, so that a definition would be taken as something else than
 * what its author reads. Idea: in text that is known to be JSON, strings and six marks are all there is to look at.
 */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** An open container: the names that an object has so far, undefined in a list, and the place of what it is at. */
interface Open {
  readonly names: Set<string> | undefined;
  at: string;
  index: number;
  /** A string that comes next is a name. */
  atName: boolean;
}

/** The place of the first key that its object has already, as a JSON pointer; undefined where none has. */
export function findRepeatedKey(json: string): string | undefined {
  const open: Open[] = [];
  for (const [token] of json.matchAll(TOKENS)) {
    const container = open.at(-1);
    if (token === '{' || token === '[') open.push(opened(token));
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') goOn(container);
    else if (
      container?.names !== undefined &&
      container.atName &&
      takeName(container, container.names, token)
    )
      return open.map(({ at }) => `/${at.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  }
  return undefined;
}

function opened(token: '{' | '['): Open {
  return { names: token === '{' ? new Set() : undefined, at: '0', index: 0, atName: true };
}

function goOn(container: Open | undefined): void {
  if (container === undefined) return;
  container.atName = true;
  container.index += 1;
  if (container.names === undefined) container.at = String(container.index);
}

/** Answers whether the object has the name already. Two ways to write one name are the same name. */
function takeName(object: Open, names: Set<string>, token: string): boolean {
  // What the pattern matched in JSON is a string of JSON.
  object.at = JSON.parse(token) as string;
  object.atName = false;
  if (names.has(object.at)) return true;
  names.add(object.at);
  return false;
}
