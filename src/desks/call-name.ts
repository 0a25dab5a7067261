import type { ProfileView } from '../serve/services.ts';

/** What a person is called, as far as they have said and the reader may see it. */
export function callName({ traits }: Pick<ProfileView, 'traits'>): { readonly name?: string } {
  const name = traits.name ?? traits.nickname ?? traits.first_name;
  return typeof name === 'string' && name !== '' ? { name } : {};
}
