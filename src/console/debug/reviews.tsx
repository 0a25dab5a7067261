import { useState } from 'preact/hooks';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { Data, Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { Failure, LoadedView } from '../parts/loaded-view.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { toApiError, useLoad } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { ask, may } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';

interface Review {
  readonly n: number;
  readonly kind: string;
  readonly reason: string;
  readonly people: readonly string[];
  readonly identifiers: readonly { readonly type: string; readonly value: string }[];
  readonly event_id?: string;
  readonly at: number;
}

/** Questions about who is who that only somebody can decide. */
export function Reviews() {
  const texts = words.value.debug;
  const [decided, setDecided] = useState(0);
  const [problem, setProblem] = useState<TesseraApiError>();
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly reviews: readonly Review[] }>('GET /v1/reviews', {
        query: { status: 'open' },
        signal,
      }),
    [],
    [decided],
  );
  const decide: Decide = async (n, decision) => {
    setProblem(undefined);
    try {
      await ask('POST /v1/reviews/{n}/decisions', { path: { n: String(n) }, body: { decision } });
    } catch (error) {
      setProblem(toApiError(error));
    }
    setDecided((count) => count + 1);
  };
  return (
    <Card title={texts.tabs.reviews}>
      {problem !== undefined && <Failure error={problem} />}
      <LoadedView of={found}>
        {({ reviews }) => (
          <Table
            label={texts.tabs.reviews}
            rows={reviews}
            keyOf={({ n }) => String(n)}
            empty={texts.noReviews}
            columns={columnsOf(decide)}
          />
        )}
      </LoadedView>
    </Card>
  );
}

type Decide = (n: number, decision: 'approve' | 'reject') => Promise<void>;

function columnsOf(decide: Decide): readonly Column<Review>[] {
  const texts = words.value.debug;
  return [
    { title: texts.question, cell: ({ kind, reason }) => `${kind}: ${reason}` },
    {
      title: texts.people,
      cell: ({ people }) =>
        people.map((id) => (
          <div key={id}>
            <a href={addressOf('customer', [id])}>{id.slice(0, 13)}…</a>
          </div>
        )),
    },
    {
      title: texts.id,
      cell: ({ event_id }) =>
        event_id !== undefined && (
          <a href={addressOf('debug', ['trace', event_id])}>
            <Data value={event_id} />
          </a>
        ),
    },
    {
      title: texts.identifiers,
      cell: ({ identifiers }) => (
        <Parts of={identifiers.map(({ type, value }) => `${type}: ${isolated(value)}`)} between=", " />
      ),
    },
    { title: texts.at, cell: ({ at }) => formatMoment(at) },
    {
      title: '',
      cell: ({ n }) =>
        may('admin') && (
          <>
            <ConfirmButton
              label={texts.approve}
              question={texts.reallyApprove}
              act={() => decide(n, 'approve')}
            />{' '}
            <ConfirmButton
              label={texts.reject}
              question={texts.reallyReject}
              act={() => decide(n, 'reject')}
            />
          </>
        ),
    },
  ];
}
