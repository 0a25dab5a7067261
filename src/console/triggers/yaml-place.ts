import { isNode, LineCounter, parseDocument } from 'yaml';

/** The line, counted from 1, of the place in a YAML text that a JSON pointer names, or of what is nearest around it. */
export function lineOf(text: string, pointer: string): number | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (let depth = names.length; depth > 0; depth--) {
    const path = names.slice(0, depth).map((name) => (/^\d+$/.test(name) ? Number(name) : name));
    // Whatever a pointer leads into, a text or nothing at all, has nothing inside.
    const found: unknown = document.hasIn(path) ? document.getIn(path, true) : undefined;
    if (isNode(found) && found.range) return counter.linePos(found.range[0]).line;
  }
  return undefined;
}
