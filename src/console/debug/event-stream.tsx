import { useLayoutEffect, useState } from 'preact/hooks';
import type { ToldEvent } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Parts } from '../parts/data.tsx';
import { codeText } from '../parts/error-text.ts';
import { Failure } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { toApiError } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { currentClient } from '../session.ts';
import { formatClock, words } from '../words/words.ts';
import { EventLink } from './event-link.tsx';
import { StatusText } from './status-text.tsx';
import { openToldFeed, type ToldFeed, type ToldFilter } from './told-feed.ts';

const CHOICES: Readonly<Record<string, readonly ToldEvent['status'][]>> = {
  bad: ['duplicate', 'quarantined', 'refused', 'rejected'],
  applied: ['applied'],
  duplicate: ['duplicate'],
  quarantined: ['quarantined'],
  refused: ['refused'],
  rejected: ['rejected'],
};

/** Good and bad events as they come, with the reason. */
export function EventStream() {
  const { debug: texts, live, all } = words.value;
  const engine = currentClient();
  const [choice, setChoice] = useState('');
  const [type, setType] = useState('');
  const [source, setSource] = useState('');
  const [feed, setFeed] = useState<ToldFeed>();
  // Before the page is painted: nobody sees another filter's events beneath the one that was just chosen.
  useLayoutEffect(() => {
    const status = CHOICES[choice];
    const filter: ToldFilter = {
      ...(status === undefined ? {} : { status }),
      ...(type === '' ? {} : { type }),
      ...(source === '' ? {} : { source }),
    };
    const opened = openToldFeed(engine, filter);
    setFeed(opened);
    return () => opened.stop();
  }, [engine, choice, type, source]);
  return (
    <Card title={texts.stream} wide>
      <div class="row">
        <label>
          {texts.status}
          <select value={choice} onChange={({ currentTarget }) => setChoice(currentTarget.value)}>
            <option value="">{all}</option>
            <option value="bad">{texts.bad}</option>
            {(['applied', 'duplicate', 'quarantined', 'refused', 'rejected'] as const).map((status) => (
              <option key={status} value={status}>
                {live.outcomes[status]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {texts.type}
          <input value={type} onChange={({ currentTarget }) => setType(currentTarget.value.trim())} />
        </label>
        <label>
          {texts.source}
          <input value={source} onChange={({ currentTarget }) => setSource(currentTarget.value.trim())} />
        </label>
        {feed !== undefined && (
          <button
            type="button"
            aria-pressed={feed.paused.value}
            onClick={() => {
              feed.paused.value = !feed.paused.value;
            }}
          >
            {feed.paused.value ? live.resume : live.pause}
          </button>
        )}
        {feed?.paused.value === true && feed.behind.value > 0 && (
          <span class="quiet">{live.pausedBehind(feed.behind.value)}</span>
        )}
      </div>
      {feed !== undefined && <Told feed={feed} />}
    </Card>
  );
}

function Told({ feed: { items: events, sample, connected, failed } }: { readonly feed: ToldFeed }) {
  const { debug: texts, live } = words.value;
  if (failed.value !== undefined) return <Failure error={toApiError(failed.value)} />;
  return (
    <>
      <p class="small quiet">
        {connected.value ? live.sampled(sample.value.shown, sample.value.seen) : `${live.connecting}…`}
      </p>
      <Table
        label={texts.stream}
        rows={events.value}
        keyOf={({ node, at, event_id, quarantine_id = '' }) => `${node} ${at} ${event_id} ${quarantine_id}`}
        empty={texts.waiting}
        columns={[
          { title: texts.at, cell: ({ at }) => formatClock(at) },
          {
            title: texts.status,
            cell: ({ status }) => <StatusText status={status} />,
          },
          { title: texts.type, cell: ({ type }) => type || '–' },
          {
            title: texts.source,
            cell: ({ source, channel }) => <Parts of={[source, channel]} />,
          },
          { title: texts.id, cell: (event) => <EventLink event={event} /> },
          {
            title: texts.reason,
            cell: ({ code, path }) => (
              <span title={code === undefined ? undefined : codeText(code)}>
                <Parts of={[code, path]} between=" " />
              </span>
            ),
          },
          {
            title: live.who,
            cell: ({ profile_id }) =>
              profile_id !== undefined && (
                <a href={addressOf('customer', [profile_id])}>{profile_id.slice(0, 13)}…</a>
              ),
          },
        ]}
      />
    </>
  );
}
