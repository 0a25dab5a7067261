import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { addressOf, place } from '../router.ts';
import { ask, may } from '../session.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import { KeptEvent } from './kept-event.tsx';
import { type KeptFilter, ReplayGroup } from './replay-group.tsx';

interface Group {
  readonly code: string;
  readonly source: string;
  readonly path: string;
  readonly waiting: number;
  readonly replayed: number;
  readonly given_up: number;
}

interface Kept {
  readonly id: string;
  readonly type: string;
  readonly channel: string;
  readonly received_at: number;
  readonly state: 'waiting' | 'replayed' | 'given_up';
  readonly attempts: number;
}

const SHOWN = 50;
const HISTORY_MS = 1_500;

/** `#/debug/quarantine/<id>`: why events wait, single ones, and the way back in for one or all of a kind. */
export function Quarantine() {
  const texts = words.value.debug;
  const [chosen, setChosen] = useState<Group>();
  const [replaying, setReplaying] = useState<Group>();
  const [round, setRound] = useState(0);
  // What was tried becomes known to history, which these lists are read from, a moment later.
  const done = (): void => {
    setTimeout(() => setRound((n) => n + 1), HISTORY_MS);
  };
  const counts = useLoad(
    async (signal) =>
      await ask<{ readonly counts: readonly Group[] }>('GET /v1/quarantine/counts', { signal }),
    [],
    [round],
  );
  const id = place.value.args[1];
  return (
    <div class="grid">
      <Card title={texts.kept} wide>
        <p class="small quiet">{texts.replayHint}</p>
        <LoadedView of={counts}>
          {({ counts: groups }) => (
            <Table
              label={texts.kept}
              rows={groups}
              keyOf={keyOfGroup}
              empty={texts.notKept}
              columns={[
                { title: texts.code, cell: ({ code }) => code },
                { title: texts.source, cell: ({ source }) => source },
                { title: texts.path, cell: ({ path }) => <code>{path}</code> },
                { title: texts.waits, number: true, cell: ({ waiting }) => formatNumber(waiting) },
                { title: texts.replayed, number: true, cell: ({ replayed }) => formatNumber(replayed) },
                { title: texts.givenUp, number: true, cell: ({ given_up }) => formatNumber(given_up) },
                {
                  title: '',
                  cell: (group) => (
                    <>
                      <button
                        type="button"
                        aria-pressed={chosen !== undefined && keyOfGroup(chosen) === keyOfGroup(group)}
                        onClick={() => setChosen(group)}
                      >
                        {texts.showAll}
                      </button>{' '}
                      {may('admin') && group.waiting > 0 && (
                        <button type="button" onClick={() => setReplaying(group)}>
                          {texts.replay}
                        </button>
                      )}
                    </>
                  ),
                },
              ]}
            />
          )}
        </LoadedView>
      </Card>
      {replaying !== undefined && (
        <ReplayGroup
          key={keyOfGroup(replaying)}
          filter={filterOf(replaying)}
          done={done}
          closed={() => setReplaying(undefined)}
        />
      )}
      {chosen !== undefined && <KeptList filter={filterOf(chosen)} round={round} />}
      {id !== undefined && <KeptEvent key={id} id={id} done={done} />}
    </div>
  );
}

function keyOfGroup({ code, source, path }: Group): string {
  return `${code} ${source} ${path}`;
}

function filterOf({ code, source, path }: Group): KeptFilter {
  return { code, source, ...(path === '' ? {} : { path }) };
}

/** Single events of a kind, the newest first. */
function KeptList({ filter, round }: { readonly filter: KeptFilter; readonly round: number }) {
  const texts = words.value.debug;
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly quarantined: readonly Kept[] }>('GET /v1/quarantine', {
        query: { ...filter, limit: SHOWN },
        signal,
      }),
    [filter.code, filter.source, filter.path],
    [round],
  );
  return (
    <Card title={texts.keptEvents(`${filter.code} ${filter.path ?? ''}`.trim())} wide>
      <LoadedView of={found}>
        {({ quarantined }) => (
          <Table
            label={texts.keptEvents(filter.code)}
            rows={quarantined}
            keyOf={({ id }) => id}
            columns={[
              { title: texts.at, cell: ({ received_at }) => formatMoment(received_at) },
              { title: texts.type, cell: ({ type }) => type || '–' },
              { title: texts.channel, cell: ({ channel }) => channel || '–' },
              { title: texts.state, cell: ({ state }) => texts.states[state] },
              { title: texts.attempts, number: true, cell: ({ attempts }) => formatNumber(attempts) },
              {
                title: texts.id,
                cell: ({ id }) => <a href={addressOf('debug', ['quarantine', id])}>{id}</a>,
              },
            ]}
          />
        )}
      </LoadedView>
    </Card>
  );
}
