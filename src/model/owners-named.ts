import { OWNER_OF_LINK } from './keys.ts';

/** Keys of the people that own these links: their ids are the first bytes of a link (see `OWNER_OF_LINK`). */
export function ownersNamed(
  keys: readonly string[],
  values: readonly (Uint8Array | undefined)[],
): readonly string[] {
  const { prefix, length, target } = OWNER_OF_LINK;
  let owners: Set<string> | undefined;
  for (let i = 0; i < keys.length; i++) {
    const bytes = values[i];
    if (bytes === undefined || bytes.byteLength < length || !(keys[i] as string).startsWith(prefix)) continue;
    const owner = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1').trim();
    if (owner === '') continue;
    owners ??= new Set();
    owners.add(target + owner);
  }
  return owners === undefined ? NONE : [...owners];
}

const NONE: readonly string[] = [];
