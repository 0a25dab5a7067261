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

/** A profile out of committed state, or the one that it was merged into; fails with `profile_not_found`. */
export async function openProfile(
  profile: string,
  { state, codec }: { readonly state: StateReader; readonly codec: EntryCodec },
): Promise<OpenedProfile> {
  const read = async <T extends object>(wanted: readonly string[]): Promise<readonly (T | undefined)[]> => {
    const found = await state.read(wanted);
    // The codec answers the type that belongs to the key's prefix.
    return found.map((bytes, i) => bytes && (codec.decode(wanted[i] as string, bytes) as T));
  };
  let [header] = await read<Header>([keys.header(profile)]);
  for (let hop = 0; header?.forward !== undefined && hop < limits.forwardHopsMax; hop++)
    [header] = await read<Header>([keys.header(header.forward)]);
  if (header === undefined || header.erased !== undefined) throw new TesseraError('profile_not_found');
  const { id } = header;
  const facets = await read<Facet>(header.facets.map((facet) => keys.facet(id, facet)));
  return { header, facets: facets.filter((facet) => facet !== undefined) };
}
