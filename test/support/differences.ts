import { isJsonObject } from '../../src/model/json.ts';

/**
 * Paths at which an answer is not what a document promises: objects may hold more, `…` is anything, and a key that ends
 * in `…` is any key that begins like it.
 */
export function differences(promised: unknown, actual: unknown, path = ''): readonly string[] {
  if (promised === '…') return actual === undefined ? [`${path} is missing`] : [];
  if (Array.isArray(promised)) {
    if (!Array.isArray(actual) || actual.length !== promised.length)
      return [`${path} is ${JSON.stringify(actual)}`];
    return promised.flatMap((entry, i) => differences(entry, actual[i], `${path}/${i}`));
  }
  if (isJsonObject(promised)) {
    if (!isJsonObject(actual)) return [`${path} is ${JSON.stringify(actual)}`];
    return Object.keys(promised).flatMap((key) =>
      differences(promised[key], actual[keyIn(actual, key)], `${path}/${key}`),
    );
  }
  return promised === actual ? [] : [`${path} is ${JSON.stringify(actual)}`];
}

function keyIn(actual: object, key: string): string {
  if (!key.endsWith('…')) return key;
  return Object.keys(actual).find((each) => each.startsWith(key.slice(0, -1))) ?? key;
}
