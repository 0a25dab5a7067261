import { useEffect } from 'preact/hooks';
import { Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { type JobState, useJob } from '../parts/use-job.ts';
import { ask } from '../session.ts';
import { formatNumber, words } from '../words/words.ts';

export interface KeptFilter {
  readonly code: string;
  readonly source: string;
  readonly path?: string;
}

interface ReplayResult {
  readonly events: number;
  readonly replayed: number;
  readonly failed: readonly { readonly code: string; readonly path?: string; readonly count: number }[];
}

interface ReplayGroupProps {
  readonly filter: KeptFilter;
  readonly done: () => void;
  readonly closed: () => void;
}

/** Says first what would come of it, by asking the engine; then somebody decides. */
export function ReplayGroup({ filter, done, closed }: ReplayGroupProps) {
  const { debug: texts, cancel } = words.value;
  const trial = useJob<ReplayResult>();
  const real = useJob<ReplayResult>();
  const start = async (dryRun: boolean) =>
    await ask<{ readonly job: unknown }>('POST /v1/quarantine/replays', {
      body: { filter, ...(dryRun ? { dry_run: true } : {}) },
    });
  useEffect(() => {
    void trial.run(() => start(true));
  }, []);
  const replay = async (): Promise<void> => {
    await real.run(() => start(false));
    done();
  };
  return (
    <Dialog title={texts.replayKind(`${filter.code} ${isolated(filter.path ?? '')}`.trim())} closed={closed}>
      <JobOutcome job={trial} title={texts.replayTrial} />
      {trial.result !== undefined && real.result === undefined && (
        <div class="row">
          <button
            type="button"
            class="first"
            disabled={real.progress !== undefined || trial.result.events === 0}
            onClick={replay}
          >
            {texts.reallyReplay(formatNumber(trial.result.events))}
          </button>
          <button type="button" onClick={closed}>
            {cancel}
          </button>
        </div>
      )}
      <JobOutcome job={real} title={texts.replayResult} />
    </Dialog>
  );
}

function JobOutcome({ job, title }: { readonly job: JobState<ReplayResult>; readonly title: string }) {
  const { debug: texts, define } = words.value;
  const { progress, result, problem } = job;
  return (
    <div role="status">
      {progress !== undefined && <p>{define.running(progress.done, progress.total)}</p>}
      {result !== undefined && (
        <>
          <p>
            {title} {texts.replayCounts(formatNumber(result.replayed), formatNumber(result.events))}
          </p>
          <ul class="small">
            {result.failed.map(({ code, path, count }) => (
              <li key={`${code} ${path ?? ''}`}>
                <Parts of={[code, path]} between=" " />: {formatNumber(count)}
              </li>
            ))}
          </ul>
        </>
      )}
      {problem !== undefined && <Failure error={problem} />}
    </div>
  );
}
