import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CompiledSegment } from './compile.ts';

/** Segments that this one asks about: by name, by the tag that they put on, or because they come first in its group. */
export function asksAbout(
  { terms, rivals }: CompiledSegment,
  byName: ReadonlyMap<string, CompiledSegment>,
): readonly CompiledSegment[] {
  const found = rivals.map((name) => byName.get(name));
  for (const { kind, name } of terms) {
    const other = byName.get(name);
    if (kind === 'segment' || (kind === 'tag' && other?.definition.kind === 'tag')) found.push(other);
  }
  return found.filter((segment) => segment !== undefined);
}

/** Each after those that it asks about; otherwise as they come. Fails where that is not possible, with the way around. */
export function orderSegments(segments: readonly CompiledSegment[]): readonly CompiledSegment[] {
  const byName = new Map(segments.map((segment) => [segment.name, segment]));
  const placed = new Set<CompiledSegment>();
  const place = (segment: CompiledSegment, way: readonly string[]): void => {
    if (placed.has(segment)) return;
    const chain = [...way, segment.name];
    if (way.includes(segment.name)) refuseChain(segment.name, `asks about itself: ${chain.join(' → ')}`);
    if (chain.length > limits.segmentChainMax)
      refuseChain(segment.name, `a chain of more than ${limits.segmentChainMax}: ${chain.join(' → ')}`);
    for (const other of asksAbout(segment, byName)) place(other, chain);
    placed.add(segment);
  };
  for (const segment of segments) place(segment, []);
  return [...placed];
}

function refuseChain(name: string, why: string): never {
  throw new TesseraError('invalid_definition', `segment ${name}: /when: ${why}`, { path: '/when' });
}
