import { useState } from 'preact/hooks';
import { isolated } from '../../parts/data-text.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/loaded-view.tsx';
import { useAction } from '../../parts/use-action.ts';
import { ask } from '../../session.ts';
import { words } from '../../words/words.ts';
import { dayEnd } from '../timeline-filter.tsx';

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** As the engine calls the tag that only somebody's own restriction puts on. */
const RESERVED = 'restricted';

/** What is wrong with a name, said before the engine is asked. */
function faultOf(tag: string): string | undefined {
  const { wrong, reserved } = words.value.customer.tags;
  if (tag === RESERVED) return reserved(tag);
  return NAME.test(tag) ? undefined : wrong(isolated(tag));
}

interface TagDialogProps {
  /** Of the profile. */
  readonly id: string;
  /** What has happened, in words. */
  readonly done: (what: string) => void;
  readonly closed: () => void;
}

export function AddTagDialog({ id, done, closed }: TagDialogProps) {
  const texts = words.value.customer.tags;
  const [tag, setTag] = useState('');
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [wrong, setWrong] = useState<string>();
  const { run, running, problem } = useAction<void>();
  const put = async (): Promise<void> => {
    const body = { reason, ...(until === '' ? {} : { expires: dayEnd(until) }) };
    await ask('PUT /v1/profiles/{id}/tags/{tag}', { path: { id, tag }, body });
    done(texts.on(tag));
    closed();
  };
  return (
    <Dialog title={texts.open} closed={closed}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const fault = faultOf(tag);
          setWrong(fault);
          if (fault === undefined) run(put);
        }}
      >
        <label>
          {texts.name}
          <input
            required
            value={tag}
            aria-invalid={wrong !== undefined}
            aria-describedby="tag-rule"
            onInput={({ currentTarget }) => {
              setTag(currentTarget.value.trim());
              setWrong(undefined);
            }}
          />
        </label>
        {wrong === undefined ? (
          <p id="tag-rule" class="small quiet">
            {texts.rule}
          </p>
        ) : (
          <p id="tag-rule" class="bad" role="alert">
            {wrong}
          </p>
        )}
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
    done(texts.off(isolated(tag)));
    closed();
  };
  return (
    <Dialog title={texts.removeThis(isolated(tag))} closed={closed}>
      <p>{texts.sure(isolated(tag))}</p>
      {problem !== undefined && <Failure error={problem} />}
      <button type="button" class="danger" disabled={running} onClick={() => run(remove)}>
        {texts.remove}
      </button>
    </Dialog>
  );
}
