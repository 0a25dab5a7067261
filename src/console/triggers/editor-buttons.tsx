import { unsaved } from '../leaving.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { useAction } from '../parts/use-action.ts';
import { go } from '../router.ts';
import { currentClient, may } from '../session.ts';
import { words } from '../words/words.ts';
import { type Draft, fieldOf, NEW } from './draft.ts';
import type { Kind } from './triggers-page.tsx';

interface ButtonsProps {
  readonly kind: Kind;
  readonly name: string;
  readonly draft: Draft;
  /** The engine has said that it can be put in force, and would change something. */
  readonly ready: boolean;
  readonly saved: () => void;
}

/** Puts the draft in force, or takes what is in force back. */
export function EditorButtons({ kind, name, draft, ready, saved }: ButtonsProps) {
  const texts = words.value.define;
  const engine = currentClient();
  const { run, running, result, problem } = useAction<'saved' | 'removed'>();
  const save = async (): Promise<'saved'> => {
    const named = fieldOf(draft.fields, ['name']);
    await engine.definitions.put(kind, { ...draft.fields, name: named });
    saved();
    if (named !== name) go('triggers', [kind, named]);
    return 'saved';
  };
  const remove = async (): Promise<'removed'> => {
    await engine.definitions.remove(kind, name);
    unsaved.value = false;
    go('triggers', [kind]);
    return 'removed';
  };
  return (
    <>
      <div class="row">
        <button
          type="button"
          class="first"
          disabled={!ready || running || !may('define')}
          onClick={() => run(save)}
        >
          {texts.save}
        </button>
        {name !== NEW && may('define') && (
          <ConfirmButton
            label={texts.remove}
            question={texts.reallyRemove}
            disabled={running}
            act={() => run(remove)}
          />
        )}
      </div>
      <p role="status" class="good">
        {result === 'saved' && !running && texts.saved}
      </p>
      {problem !== undefined && <Failure error={problem} />}
    </>
  );
}
