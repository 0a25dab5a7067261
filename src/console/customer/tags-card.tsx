import { useState } from 'preact/hooks';
import type { Profile } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask, may } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { AddTagDialog, RemoveTagDialog } from './actions/tag-dialogs.tsx';

interface Tag {
  readonly tag: string;
  readonly by: 'hand' | 'rule';
  readonly author?: string;
  readonly reason?: string;
  readonly since?: number;
  readonly expires?: number | null;
}

interface TagsCardProps {
  readonly profile: Profile;
  readonly changes: number;
  readonly changed: () => void;
}

/** Tags with who put them on and why, and what puts them on and takes them off. */
export function TagsCard({ profile: { profile_id: id }, changes, changed }: TagsCardProps) {
  const { since, tags: texts } = words.value.customer;
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<string>();
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly tags: readonly Tag[] }>('GET /v1/profiles/{id}/tags', { path: { id }, signal }),
    [id],
    [changes],
  );
  const mayChange = may('admin');
  return (
    <Card
      title={texts.title}
      wide
      side={
        mayChange && (
          <button type="button" aria-haspopup="dialog" onClick={() => setAdding(true)}>
            {texts.open}
          </button>
        )
      }
    >
      <LoadedView of={found}>
        {({ tags }) => (
          <Table
            label={texts.title}
            rows={tags}
            keyOf={({ tag, by }) => `${tag} ${by}`}
            empty={texts.empty}
            columns={[
              { title: texts.title, cell: ({ tag }) => <span class="chip info"># {tag}</span> },
              { title: texts.by, cell: byWhom },
              { title: texts.reason, cell: ({ reason = '' }) => reason },
              { title: since, cell: ({ since: at }) => (at == null ? '–' : formatMoment(at)) },
              {
                title: texts.untilWhen,
                cell: ({ expires }) => (expires == null ? '–' : formatMoment(expires)),
              },
              ...(mayChange
                ? [
                    {
                      title: texts.remove,
                      cell: ({ tag, by }: Tag) =>
                        by === 'hand' && (
                          <button type="button" aria-haspopup="dialog" onClick={() => setLeaving(tag)}>
                            {texts.removeThis(tag)}
                          </button>
                        ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </LoadedView>
      {adding && <AddTagDialog id={id} done={changed} closed={() => setAdding(false)} />}
      {leaving !== undefined && (
        <RemoveTagDialog id={id} tag={leaving} done={changed} closed={() => setLeaving(undefined)} />
      )}
    </Card>
  );
}

function byWhom({ by, author = '' }: Tag): string {
  const { byHand, byRule } = words.value.customer.tags;
  return by === 'hand' ? `${byHand}${author === '' ? '' : ` (${author})`}` : byRule;
}
