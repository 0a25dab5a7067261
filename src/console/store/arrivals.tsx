import { useEffect, useState } from 'preact/hooks';
import { openToldFeed, type ToldFeed } from '../debug/told-feed.ts';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { toApiError } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { currentClient } from '../session.ts';
import { formatClock, words } from '../words/words.ts';

const SHOWN = 8;

/** Customers whom a door, a fitting room or an app has recognized in a store. */
export function Arrivals({ store }: { readonly store: string }) {
  const texts = words.value.store;
  const engine = currentClient();
  const [feed, setFeed] = useState<ToldFeed>();
  useEffect(() => {
    const opened = openToldFeed(engine, { status: ['applied'], type: 'store_entered', store });
    setFeed(opened);
    return () => opened.stop();
  }, [engine, store]);
  if (feed === undefined) return null;
  if (feed.failed.value !== undefined) return <Failure error={toApiError(feed.failed.value)} />;
  const known = feed.items.value.filter(({ profile_id }) => profile_id !== undefined).slice(0, SHOWN);
  return (
    <Card title={texts.entered}>
      <div aria-live="polite">
        {known.length === 0 ? (
          <p class="quiet">{texts.nobodyEntered}</p>
        ) : (
          <ul class="plain people">
            {known.map(({ event_id, profile_id = '', at }) => (
              <li key={event_id}>
                <a class="person" href={addressOf('store', [store, profile_id])}>
                  <strong>{profile_id.slice(0, 13)}…</strong>
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
