import type { Profile } from '../../sdk/client/client.ts';
import { Data } from '../parts/data.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';

type Named = Pick<Profile, 'profile_id' | 'identifiers'> & { readonly traits?: Profile['traits'] };

/** What somebody is called on a list: their name, or an identifier, as far as the key may see them. */
export function nameOf({ traits = {}, identifiers, profile_id }: Named): string {
  const name = traits.name ?? traits.nickname ?? traits.first_name;
  if (typeof name === 'string' && name !== '') return name;
  return Object.values(identifiers).flat()[0] ?? profile_id.slice(0, 13);
}

/** The same of a profile of which only the id is known. */
export function PersonName({ profile }: { readonly profile: string }) {
  const { loaded } = useLoad(
    async (signal) =>
      await ask<Named>('GET /v1/profiles/{id}', {
        path: { id: profile },
        query: { fields: 'traits,identifiers' },
        signal,
      }),
    [profile],
  );
  return (
    <strong>
      <Data value={loaded.state === 'ready' ? nameOf(loaded.value) : words.value.store.anonymous} />
    </strong>
  );
}
