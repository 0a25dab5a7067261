import { useState } from 'preact/hooks';
import { visible } from '../../parts/data-text.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/loaded-view.tsx';
import { useAction } from '../../parts/use-action.ts';
import { addressOf } from '../../router.ts';
import { ask } from '../../session.ts';
import { words } from '../../words/words.ts';
import { namesOf } from '../names-of.ts';
import type { ActionsProps } from './actions-card.tsx';

interface Parted {
  readonly profile_id: string;
  readonly new_profile_id: string;
  readonly identifiers: number;
}

type UnmergeProps = Pick<ActionsProps, 'profile' | 'changed'> & { readonly closed: () => void };

export function UnmergeDialog({ profile, changed, closed }: UnmergeProps) {
  const texts = words.value.customer.unmerge;
  const [identifier, setIdentifier] = useState('');
  const { run, running, result, problem } = useAction<Parted>();
  return (
    <Dialog title={texts.title} closed={closed}>
      {result !== undefined ? (
        <Result {...result} changed={changed} />
      ) : (
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            run(async () => await ask('POST /v1/identity/unmerges', { body: { identifier } }));
          }}
        >
          <label>
            {texts.which}
            <input
              required
              value={identifier}
              list="unmerge-names"
              onInput={({ currentTarget }) => setIdentifier(currentTarget.value.trim())}
            />
          </label>
          <datalist id="unmerge-names">
            {namesOf(profile).map((name) => (
              <option key={name} value={name}>
                {visible(name)}
              </option>
            ))}
          </datalist>
          <p class="warn small">{texts.warning}</p>
          {problem !== undefined && <Failure error={problem} />}
          <button type="submit" class="danger" disabled={running}>
            {texts.confirm}
          </button>
        </form>
      )}
    </Dialog>
  );
}

function Result({
  profile_id,
  new_profile_id,
  identifiers,
  changed,
}: Parted & Pick<ActionsProps, 'changed'>) {
  const texts = words.value.customer.unmerge;
  return (
    <>
      <p role="status">{texts.result(identifiers)}</p>
      <p>
        {texts.left}: <a href={addressOf('customer', [new_profile_id])}>{new_profile_id}</a>
      </p>
      <p>
        {texts.remains}:{' '}
        <button type="button" onClick={() => changed(profile_id)}>
          {profile_id}
        </button>
      </p>
    </>
  );
}
