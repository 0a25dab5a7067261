import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/loaded-view.tsx';
import { useAction } from '../../parts/use-action.ts';
import { ask } from '../../session.ts';
import { words } from '../../words/words.ts';
import type { ActionsProps } from './actions-card.tsx';

export interface Erasure {
  readonly id: string;
  readonly status: 'running' | 'done';
  readonly author: string;
  readonly requested_at: number;
  readonly done_at: number | null;
  readonly profiles: readonly string[];
  readonly identifiers: number;
  readonly counts?: Readonly<Record<string, number>>;
}

type EraseProps = Pick<ActionsProps, 'profile' | 'erased'> & { readonly closed: () => void };

/** So much of the profile's id is typed again that it cannot be somebody else by mistake. */
const TYPED_CHARACTERS = 8;

export function EraseDialog({ profile: { profile_id }, erased, closed }: EraseProps) {
  const texts = words.value.customer.erasing;
  const wanted = profile_id.slice(-TYPED_CHARACTERS);
  const [typed, setTyped] = useState('');
  const { run, running, problem } = useAction<void>();
  const erase = async (): Promise<void> =>
    erased(await ask<Erasure>('POST /v1/privacy/erasures', { body: { profile_id } }));
  return (
    <Dialog title={texts.title} closed={closed}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === wanted) run(erase);
        }}
      >
        <p class="quiet small">{profile_id}</p>
        <p class="bad">{texts.warning}</p>
        <label>
          {texts.type(wanted)}
          <input
            value={typed}
            autocomplete="off"
            onInput={({ currentTarget }) => setTyped(currentTarget.value.trim())}
          />
        </label>
        {problem !== undefined && <Failure error={problem} />}
        <button type="submit" class="danger" disabled={running || typed !== wanted}>
          {texts.confirm}
        </button>
      </form>
    </Dialog>
  );
}
