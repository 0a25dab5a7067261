import type { Firing } from '../../sdk/client/client.ts';
import { FiringTrace } from '../live/firing-trace.tsx';
import { reasonText } from '../live/reason-text.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import type { AboutProfile } from './timeline.tsx';

const SHOWN = 50;

/** What triggers have decided about them. */
export function DecisionsCard({ profile, changes }: AboutProfile) {
  const { customer: texts, debug, decisions, live } = words.value;
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly decisions: readonly Firing[] }>('GET /v1/profiles/{id}/triggers', {
        path: { id: profile },
        query: { limit: SHOWN },
        signal,
      }),
    [profile],
    [changes],
  );
  return (
    <Card title={texts.triggers} wide>
      <LoadedView of={found}>
        {(page) => (
          <Table
            label={texts.triggers}
            rows={page.decisions}
            keyOf={({ id, decision }) => `${id} ${decision}`}
            columns={[
              { title: live.filterTrigger, cell: ({ trigger }) => trigger },
              {
                title: live.filterDecision,
                cell: ({ decision, reason }) =>
                  `${decisions[decision]}${reason === undefined ? '' : `: ${reasonText(reason, live.reasons)}`}`,
              },
              {
                title: live.why,
                cell: ({ trace }) => (
                  <details class="small">
                    <summary>{live.why}</summary>
                    <FiringTrace trace={trace} />
                  </details>
                ),
              },
              { title: debug.at, cell: ({ at }) => formatMoment(at) },
            ]}
          />
        )}
      </LoadedView>
    </Card>
  );
}
