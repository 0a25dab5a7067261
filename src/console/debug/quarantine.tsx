import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { isolated } from '../parts/data-text.ts';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { addressOf, place } from '../router.ts';
import { ask } from '../session.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import { KeptEvent } from './kept-event.tsx';
import { type Group, KeptGroups, keyOfGroup } from './kept-groups.tsx';
import { type KeptFilter, ReplayGroup } from './replay-group.tsx';

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
  const [chosen, setChosen] = useState<Group>();
  const [replaying, setReplaying] = useState<Group>();
  const [round, setRound] = useState(0);
  // What was tried becomes known to history, which these lists are read from, a moment later.
  const done = (): void => {
    setTimeout(() => setRound((n) => n + 1), HISTORY_MS);
  };
  const id = place.value.args[1];
  return (
    <div class="grid">
      <KeptGroups round={round} chosen={chosen} choose={setChosen} replay={setReplaying} />
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
    <Card title={texts.keptEvents(`${filter.code} ${isolated(filter.path ?? '')}`.trim())} wide>
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
