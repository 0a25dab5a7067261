import { useEffect, useState } from 'preact/hooks';
import type { ToldEvent } from '../../sdk/client/client.ts';
import { openToldFeed, type ToldFeed } from '../debug/told-feed.ts';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { toApiError } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { currentClient } from '../session.ts';
import { formatClock, words } from '../words/words.ts';
import { PersonName } from './person-name.tsx';

const SHOWN = 8;

/** Customers who were recognized when they came into the store, the last one first. */
export function Arrivals({ store }: { readonly store: string }) {
  const { store: texts, live } = words.value;
  const engine = currentClient();
  const [feed, setFeed] = useState<ToldFeed>();
  useEffect(() => {
    const opened = openToldFeed(engine, { status: ['applied'], type: 'store_entered', store });
    setFeed(opened);
    return () => opened.stop();
  }, [engine, store]);
  if (feed === undefined) return null;
  if (feed.failed.value !== undefined) return <Failure error={toApiError(feed.failed.value)} />;
  const people = newestOfEach(feed.items.value).slice(0, SHOWN);
  return (
    <Card
      title={texts.entered}
      side={
        <span class="small quiet" role="status">
          {feed.connected.value ? live.connected : `${live.connecting}…`}
        </span>
      }
    >
      <div aria-live="polite">
        {people.length === 0 ? (
          <p class="quiet">{texts.nobodyEntered}</p>
        ) : (
          <ul class="plain people">
            {people.map(({ profile, at }) => (
              <li key={profile}>
                <a class="person" href={addressOf('store', [store, profile])}>
                  <PersonName profile={profile} />
                  <span class="quiet small">{formatClock(at)}</span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

interface Arrival {
  readonly profile: string;
  readonly at: number;
}

/** A door may report somebody more than once. */
function newestOfEach(events: readonly ToldEvent[]): readonly Arrival[] {
  const seen = new Map<string, Arrival>();
  for (const { profile_id: profile, at } of events) {
    if (profile !== undefined && !seen.has(profile)) seen.set(profile, { profile, at });
  }
  return [...seen.values()];
}
