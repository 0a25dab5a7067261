import { Failure } from '../parts/loaded-view.tsx';
import { useAction } from '../parts/use-action.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';

interface SwitchButtonProps {
  readonly name: string;
  readonly on: boolean;
  readonly switched: (on: boolean) => void;
}

/** Switches a trigger off and on; it keeps its text and its name. */
export function SwitchButton({ name, on, switched }: SwitchButtonProps) {
  const texts = words.value.define;
  const { run, running, problem } = useAction<void>();
  const turn = async (): Promise<void> => {
    await ask(
      on ? 'POST /v1/definitions/{kind}/{name}/disable' : 'POST /v1/definitions/{kind}/{name}/enable',
      { path: { kind: 'triggers', name } },
    );
    switched(!on);
  };
  return (
    <>
      <button
        type="button"
        disabled={running}
        aria-label={on ? texts.switchOffNamed(name) : texts.switchOnNamed(name)}
        onClick={() => run(turn)}
      >
        {on ? texts.switchOff : texts.switchOn}
      </button>
      {problem !== undefined && <Failure error={problem} />}
    </>
  );
}
