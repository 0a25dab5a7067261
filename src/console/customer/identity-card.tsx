import { Card } from '../parts/card.tsx';
import { Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { IdentityGraph, type IdentityLink } from './identity-graph.tsx';
import type { AboutProfile } from './timeline.tsx';

/** Which identifiers are theirs, and what showed it. */
export function IdentityCard({ profile, changes }: AboutProfile) {
  const texts = words.value.customer;
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly identifiers: readonly IdentityLink[] }>('GET /v1/profiles/{id}/identity', {
        path: { id: profile },
        signal,
      }),
    [profile],
    [changes],
  );
  return (
    <Card title={texts.identity} wide>
      <LoadedView of={found}>
        {(view) => (
          <>
            <IdentityGraph links={view.identifiers} />
            <Table
              label={texts.identity}
              rows={view.identifiers}
              keyOf={({ identifier }) => identifier}
              empty={texts.noIdentifiers}
              columns={[
                {
                  title: texts.identifiers,
                  cell: ({ type, value }) => <Parts of={[type, value]} between=": " />,
                },
                { title: texts.standing, cell: standingOf },
                {
                  title: words.value.live.why,
                  cell: ({ evidence }) => (
                    <Parts
                      of={[...new Set(evidence.map(({ rule, source }) => `${rule} (${isolated(source)})`))]}
                      between=", "
                    />
                  ),
                },
                { title: texts.since, cell: ({ valid_from }) => formatMoment(valid_from) },
              ]}
            />
          </>
        )}
      </LoadedView>
    </Card>
  );
}

function standingOf({ verified, shared, blocked }: IdentityLink): string {
  const texts = words.value.customer;
  if (blocked) return texts.blocked;
  if (shared) return texts.shared;
  return verified ? texts.verified : texts.stated;
}
