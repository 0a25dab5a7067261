import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';

export interface AboutProfile {
  readonly profile: string;
  /** Another number: something has happened to them. */
  readonly changes: number;
}

interface TimelineEvent {
  readonly id: string;
  readonly type: string;
  readonly time: number;
  readonly channel: string;
  readonly item_id?: string;
  readonly order?: { readonly order_id: string; readonly total: string };
  readonly currency?: string;
  readonly store?: string;
}

interface TimelinePage {
  readonly events: readonly TimelineEvent[];
  readonly next?: string;
}

const PAGE = 40;

/** Over all channels, the newest first. */
export function Timeline({ profile, changes }: AboutProfile) {
  const texts = words.value.customer;
  const [limit, setLimit] = useState(PAGE);
  const { loaded, reload } = useLoad(
    async (signal) =>
      await ask<TimelinePage>('GET /v1/profiles/{id}/events', {
        path: { id: profile },
        query: { limit },
        signal,
      }),
    [profile, changes, limit],
  );
  const [shown, setShown] = useState<TimelinePage>();
  if (loaded.state === 'ready' && loaded.value !== shown) setShown(loaded.value);
  return (
    <Card title={texts.timeline}>
      {loaded.state === 'failed' && <Failure error={loaded.error} retry={reload} />}
      {shown === undefined ? <p class="quiet">{words.value.loading}…</p> : <Events events={shown.events} />}
      {shown?.next !== undefined && limit < 1000 && (
        <button type="button" onClick={() => setLimit((n) => Math.min(1000, n * 2))}>
          {words.value.more}
        </button>
      )}
    </Card>
  );
}

function Events({ events }: Pick<TimelinePage, 'events'>) {
  if (events.length === 0) return <p class="quiet">{words.value.nothing}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={words.value.customer.timeline}>
      <ol class="timeline">
        {events.map(({ id, type, time, channel, store, item_id, order, currency }) => (
          <li key={id}>
            <div class="row spread">
              <strong>{type}</strong>
              <span class="small quiet">{formatMoment(time)}</span>
            </div>
            <div class="small quiet">
              {[channel, store, item_id, order && `${order.order_id}: ${order.total} ${currency ?? ''}`]
                .filter((each) => each !== undefined && each !== '')
                .join(' · ')}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
