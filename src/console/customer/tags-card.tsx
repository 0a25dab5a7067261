import { useState } from 'preact/hooks';
import type { Profile } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { LoadedView } from '../parts/loaded-view.tsx';
import { type Column, Table } from '../parts/table.tsx';
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
  const texts = words.value.customer.tags;
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<string>();
  const [said, setSaid] = useState('');
  const done = (what: string): void => {
    setSaid(what);
    changed();
  };
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
      <p role="status" class="good">
        {said}
      </p>
      <LoadedView of={found}>
        {({ tags }) => (
          <Table
            label={texts.title}
            rows={tags}
            keyOf={({ tag, by }) => `${tag} ${by}`}
            empty={texts.empty}
            columns={columnsOf(mayChange ? setLeaving : undefined)}
          />
        )}
      </LoadedView>
      {adding && <AddTagDialog id={id} done={done} closed={() => setAdding(false)} />}
      {leaving !== undefined && (
        <RemoveTagDialog id={id} tag={leaving} done={done} closed={() => setLeaving(undefined)} />
      )}
    </Card>
  );
}

/** `remove`: takes one off; absent where nothing may be changed. */
function columnsOf(remove: ((tag: string) => void) | undefined): readonly Column<Tag>[] {
  const { since, tags: texts } = words.value.customer;
  const removal: Column<Tag> = {
    title: texts.remove,
    cell: ({ tag, by }) =>
      by === 'hand' && (
        <button type="button" aria-haspopup="dialog" onClick={() => remove?.(tag)}>
          {texts.removeThis(isolated(tag))}
        </button>
      ),
  };
  return [
    {
      title: texts.title,
      cell: ({ tag }) => (
        <span class="chip info">
          # <Data value={tag} />
        </span>
      ),
    },
    { title: texts.by, cell: byWhom },
    { title: texts.reason, cell: ({ reason = '' }) => reason },
    { title: since, cell: ({ since: at }) => (at == null ? '–' : formatMoment(at)) },
    { title: texts.untilWhen, cell: ({ expires }) => (expires == null ? '–' : formatMoment(expires)) },
    ...(remove === undefined ? [] : [removal]),
  ];
}

function byWhom({ by, author = '' }: Tag): string {
  const { byHand, byRule } = words.value.customer.tags;
  return by === 'hand' ? `${byHand}${author === '' ? '' : ` (${isolated(author)})`}` : byRule;
}
