import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/loaded-view.tsx';
import { useAction } from '../../parts/use-action.ts';
import { ask } from '../../session.ts';
import { words } from '../../words/words.ts';
import { dayEnd } from '../timeline-filter.tsx';

interface TagDialogProps {
  /** Of the profile. */
  readonly id: string;
  readonly done: () => void;
  readonly closed: () => void;
}

export function AddTagDialog({ id, done, closed }: TagDialogProps) {
  const texts = words.value.customer.tags;
  const [tag, setTag] = useState('');
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const { run, running, problem } = useAction<void>();
  const put = async (): Promise<void> => {
    const body = { reason, ...(until === '' ? {} : { expires: dayEnd(until) }) };
    await ask('PUT /v1/profiles/{id}/tags/{tag}', { path: { id, tag }, body });
    done();
    closed();
  };
  return (
    <Dialog title={texts.open} closed={closed}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          run(put);
        }}
      >
        <label>
          {texts.name}
          <input
            required
            pattern="[a-z][a-z0-9_]*"
            value={tag}
            onInput={({ currentTarget }) => setTag(currentTarget.value.trim())}
          />
        </label>
        <label>
          {texts.reason}
          <input value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
        </label>
        <label>
          {texts.expires}
          <input type="date" value={until} onChange={({ currentTarget }) => setUntil(currentTarget.value)} />
        </label>
        {problem !== undefined && <Failure error={problem} />}
        <button type="submit" class="first" disabled={running}>
          {texts.confirm}
        </button>
      </form>
    </Dialog>
  );
}

export function RemoveTagDialog({ id, tag, done, closed }: TagDialogProps & { readonly tag: string }) {
  const texts = words.value.customer.tags;
  const { run, running, problem } = useAction<void>();
  const remove = async (): Promise<void> => {
    await ask('DELETE /v1/profiles/{id}/tags/{tag}', { path: { id, tag } });
    done();
    closed();
  };
  return (
    <Dialog title={texts.removeThis(tag)} closed={closed}>
      <p>{texts.sure(tag)}</p>
      {problem !== undefined && <Failure error={problem} />}
      <button type="button" class="danger" disabled={running} onClick={() => run(remove)}>
        {texts.remove}
      </button>
    </Dialog>
  );
}
