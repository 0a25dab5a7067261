/**
 * Spreads names evenly over 32 bits: FNV-1a (Fowler, Noll, Vo), finished as in MurmurHash3 so that the low bits are
 * spread as well. Partitions go by it, so it never changes.
 */
export function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
