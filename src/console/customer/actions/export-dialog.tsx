import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { download } from '../../parts/download.ts';
import { Failure } from '../../parts/loaded-view.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useJob } from '../../parts/use-job.ts';
import { ask } from '../../session.ts';
import { formatNumber, words } from '../../words/words.ts';
import type { ActionsProps } from './actions-card.tsx';

interface Export {
  readonly id: string;
  readonly profile_id: string;
  readonly bytes: number;
  /** Where the file can be read once. */
  readonly link?: string;
}

type ExportProps = Pick<ActionsProps, 'profile'> & { readonly closed: () => void };

/** A file with everything that is held of them: asked for, waited for, saved once. */
export function ExportDialog({ profile, closed }: ExportProps) {
  const texts = words.value.customer.exporting;
  const job = useJob<unknown>();
  const [id, setId] = useState<string>();
  const { run: look, result: written, problem } = useAction<Export>();
  const begin = async (): Promise<{ readonly job: unknown }> => {
    const started = await ask<{ readonly job: unknown; readonly export: Export }>(
      'POST /v1/privacy/exports',
      { body: { profile_id: profile.profile_id } },
    );
    setId(started.export.id);
    return started;
  };
  useEffect(() => {
    if (job.result !== undefined && id !== undefined)
      look(async () => await ask('GET /v1/privacy/exports/{id}', { path: { id } }));
  }, [job.result, id]);
  const failure = job.problem ?? problem;
  return (
    <Dialog title={texts.title} closed={closed}>
      <p class="warn small">{texts.warning}</p>
      <p role="status">{job.progress && texts.writing(job.progress.done, job.progress.total)}</p>
      {failure !== undefined && <Failure error={failure} />}
      {written !== undefined ? (
        <File {...written} />
      ) : (
        <button
          type="button"
          class="first"
          disabled={job.progress !== undefined}
          onClick={() => job.run(begin)}
        >
          {texts.confirm}
        </button>
      )}
    </Dialog>
  );
}

function File({ profile_id, bytes, link }: Export) {
  const texts = words.value.customer.exporting;
  const { run, running, result, problem } = useAction<true>();
  const save = async (): Promise<true> => {
    await download(link ?? '', `${profile_id}.json`);
    return true;
  };
  return (
    <>
      <p role="status">{result === true ? texts.taken : texts.ready(formatNumber(bytes))}</p>
      {problem !== undefined && <Failure error={problem} />}
      {result !== true && (
        <button
          type="button"
          class="first"
          disabled={running || link === undefined}
          onClick={() => run(save)}
        >
          {texts.download}
        </button>
      )}
    </>
  );
}
