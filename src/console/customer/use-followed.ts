import { useEffect, useState } from 'preact/hooks';
import type { Profile, TesseraApiError, TesseraClient } from '../../sdk/client/client.ts';
import { useLoad } from '../parts/use-load.ts';

/** Changes come in bursts: one look at the profile answers all of a moment. */
const LOOK_AFTER_MS = 400;
/** History, which some of the cards read, is behind: once it has been quiet for so long it is looked at once more. */
const HISTORY_MS = 2_000;

export interface Followed {
  readonly profile: Profile;
  /** How often something has happened. */
  readonly changes: number;
  readonly failure: TesseraApiError | undefined;
  /** Look again: something was done here that streams do not tell. */
  readonly look: () => void;
}

/** The profile as it is now: whenever something happens to it, it is read again. */
export function useFollowed(first: Profile, engine: TesseraClient): Followed {
  const [profile, setProfile] = useState(first);
  const [changes, setChanges] = useState(0);
  const { profile_id } = first;
  const look = (): void => setChanges((n) => n + 1);
  const fresh = useLoad(
    async () => (changes === 0 ? undefined : await engine.profiles.get(profile_id)),
    [engine, profile_id],
    [changes],
  ).loaded;
  useEffect(() => {
    if (fresh.state === 'ready' && fresh.value !== undefined) setProfile(fresh.value);
  }, [fresh]);
  useEffect(() => {
    const ending = new AbortController();
    let waiting: number | undefined;
    let later: number | undefined;
    const listen = async (): Promise<void> => {
      for await (const _change of engine.streams.profile(profile_id, { signal: ending.signal })) {
        waiting ??= window.setTimeout(() => {
          waiting = undefined;
          look();
        }, LOOK_AFTER_MS);
        clearTimeout(later);
        later = window.setTimeout(look, HISTORY_MS);
      }
    };
    // Without the stream the page shows what there was; its reading says what is wrong, if something is.
    listen().catch(() => undefined);
    return () => {
      ending.abort();
      clearTimeout(waiting);
      clearTimeout(later);
    };
  }, [engine, profile_id]);
  return { profile, changes, failure: fresh.state === 'failed' ? fresh.error : undefined, look };
}
