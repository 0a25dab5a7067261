import { Parts } from '../../src/model/parts.ts';

export function partsOf<Key extends string | number, Part>(
  entries: Iterable<readonly [Key, Part]>,
): Parts<Key, Part> {
  const parts = new Parts<Key, Part>();
  for (const [key, part] of entries) parts.set(key, part);
  return parts;
}
