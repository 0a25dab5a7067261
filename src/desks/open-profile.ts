import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { keys } from '../model/keys.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { StateReader } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';

export interface OpenedProfile {
  /** Decoded for whoever asked, who may change it. */
  readonly header: Header;
  readonly facets: readonly Facet[];
}

export interface Committed {
  readonly state: Pick<StateReader, 'read'>;
  readonly codec: EntryCodec;
}

/** The header of a profile out of committed state, or of the one that it was merged into; undefined of nobody and of the erased. */
export async function committedHeader(profile: string, committed: Committed): Promise<Header | undefined> {
  let header = await readHeader(profile, committed);
  for (let hop = 0; header?.forward !== undefined && hop < limits.forwardHopsMax; hop++)
    header = await readHeader(header.forward, committed);
  return header?.erased === undefined ? header : undefined;
}

async function readHeader(profile: string, { state, codec }: Committed): Promise<Header | undefined> {
  const key = keys.header(profile);
  const [bytes] = await state.read([key]);
  // The codec answers the type that belongs to the key's prefix.
  return bytes && (codec.decode(key, bytes) as Header);
}

/** All facets that a header names; `decode` where not everything of them is needed. */
export async function committedFacets(
  { id, facets: ids }: Header,
  { state, codec }: Committed,
  decode: EntryCodec['decode'] = codec.decode,
): Promise<readonly Facet[]> {
  const wanted = ids.map((facet) => keys.facet(id, facet));
  const packed = await state.read(wanted);
  // The codec answers the type that belongs to the key's prefix.
  const facets = packed.map((bytes, i) => bytes && (decode(wanted[i] as string, bytes) as Facet));
  return facets.filter((facet) => facet !== undefined);
}

/** A profile as it is committed; fails with `profile_not_found`. */
export async function openProfile(profile: string, committed: Committed): Promise<OpenedProfile> {
  const header = await committedHeader(profile, committed);
  if (header === undefined) throw new TesseraError('profile_not_found');
  return { header, facets: await committedFacets(header, committed) };
}
