import { useState } from 'preact/hooks';
import type { Profile } from '../../../sdk/client/client.ts';
import { Card } from '../../parts/card.tsx';
import { may } from '../../session.ts';
import { words } from '../../words/words.ts';
import { EraseDialog, type Erasure } from './erase-dialog.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { MergeDialog } from './merge-dialog.tsx';
import { UnmergeDialog } from './unmerge-dialog.tsx';

export interface ActionsProps {
  readonly profile: Profile;
  /** How they were looked up. */
  readonly reference: string;
  /** They are this profile now, or still. */
  readonly changed: (profile: string) => void;
  readonly erased: (erasure: Erasure) => void;
}

const ACTIONS = [
  { name: 'merge', scope: 'admin', view: MergeDialog },
  { name: 'unmerge', scope: 'admin', view: UnmergeDialog },
  { name: 'exporting', scope: 'privacy', view: ExportDialog },
  { name: 'erasing', scope: 'privacy', view: EraseDialog },
] as const;

/** What may be done with somebody, as far as the key goes; each is asked once more before it happens. */
export function ActionsCard(props: ActionsProps) {
  const texts = words.value.customer;
  const [open, setOpen] = useState<string>();
  const allowed = ACTIONS.filter(({ scope }) => may(scope));
  const opened = allowed.find(({ name }) => name === open);
  return (
    <Card title={texts.actions} wide>
      {allowed.length === 0 && <p class="quiet">{texts.mayDoNothing}</p>}
      <div class="row">
        {allowed.map(({ name }) => (
          <button
            key={name}
            type="button"
            class={name === 'erasing' ? 'danger' : undefined}
            aria-haspopup="dialog"
            onClick={() => setOpen(name)}
          >
            {texts[name].open}
          </button>
        ))}
      </div>
      {opened && <opened.view {...props} closed={() => setOpen(undefined)} />}
    </Card>
  );
}
