import { useState } from 'preact/hooks';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { toApiError } from './use-load.ts';

export interface ActionState<Result> {
  /** Does it; twice at once is once. */
  readonly run: (act: () => Promise<Result>) => void;
  readonly running: boolean;
  readonly result: Result | undefined;
  readonly problem: TesseraApiError | undefined;
}

/** Something that is done once somebody says so: that it runs, what came of it, or why it did not work. */
export function useAction<Result>(): ActionState<Result> {
  const [running, setRunning] = useState(false);
  const [result, setResult] = useState<Result>();
  const [problem, setProblem] = useState<TesseraApiError>();
  const run: ActionState<Result>['run'] = (act) => {
    if (running) return;
    setRunning(true);
    setProblem(undefined);
    act().then(
      (value) => {
        setResult(() => value);
        setRunning(false);
      },
      (reason: unknown) => {
        setProblem(toApiError(reason));
        setRunning(false);
      },
    );
  };
  return { run, running, result, problem };
}
