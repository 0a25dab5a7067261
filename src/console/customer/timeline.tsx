import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { Data, Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { dayEnd, dayStart, type EventFilter, fits, noFilter, TimelineFilter } from './timeline-filter.tsx';

export interface AboutProfile {
  readonly profile: string;
  /** Another number: something has happened to them. */
  readonly changes: number;
}

export interface TimelineEvent {
  readonly id: string;
  readonly type: string;
  readonly time: number;
  readonly channel: string;
  readonly item_id?: string;
  readonly order?: { readonly order_id: string; readonly total: string };
  readonly products?: readonly { readonly item_id: string; readonly quantity: string }[];
  readonly currency?: string;
  readonly store?: string;
}

interface TimelinePage {
  readonly events: readonly TimelineEvent[];
  readonly next?: string;
}

const PAGE = 40;
const MOST = 1000;

/** What happened, on all channels, the newest first. */
export function Timeline({ profile, changes }: AboutProfile) {
  const texts = words.value.customer;
  const [limit, setLimit] = useState(PAGE);
  const [filter, setFilter] = useState<EventFilter>(noFilter);
  const found = useLoad(
    async (signal) =>
      await ask<TimelinePage>('GET /v1/profiles/{id}/events', {
        path: { id: profile },
        query: { limit, before: filter.until === '' ? undefined : `${dayEnd(filter.until)}-0-0` },
        signal,
      }),
    [profile],
    // What is shown stays while another part of it is on its way.
    [changes, limit, filter.until],
  );
  return (
    <Card title={texts.timeline}>
      <LoadedView of={found}>
        {({ events, next }) => {
          const shown = events.filter((event) => fits(event, filter));
          const reached = filter.from !== '' && (events.at(-1)?.time ?? 0) < dayStart(filter.from);
          return (
            <>
              <TimelineFilter events={events} filter={filter} change={setFilter} />
              <p class="small quiet" role="status">
                {texts.shownOf(shown.length, events.length)}
              </p>
              <Events events={shown} />
              {next !== undefined && limit < MOST && !reached && (
                <button type="button" onClick={() => setLimit((n) => Math.min(MOST, n * 3))}>
                  {texts.older}
                </button>
              )}
            </>
          );
        }}
      </LoadedView>
    </Card>
  );
}

function Events({ events }: Pick<TimelinePage, 'events'>) {
  if (events.length === 0) return <p class="quiet">{words.value.nothing}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={words.value.customer.timeline}>
      <ol class="timeline">
        {events.map((event) => (
          <li key={event.id}>
            <div class="row spread">
              <strong>
                <Data value={event.type} />
              </strong>
              <span class="small quiet">{formatMoment(event.time)}</span>
            </div>
            <div class="small quiet">
              <Parts of={partsOf(event)} />
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function partsOf({
  channel,
  store,
  item_id,
  order,
  products = [],
  currency,
}: TimelineEvent): readonly (string | undefined)[] {
  return [
    channel,
    store,
    item_id,
    order && `${isolated(order.order_id)}: ${order.total} ${currency ?? ''}`,
    ...products.map(({ item_id: item, quantity }) => `${Number(quantity)} × ${isolated(item)}`),
  ];
}
