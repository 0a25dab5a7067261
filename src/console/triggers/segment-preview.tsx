import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { useJob } from '../parts/use-job.ts';
import { addressOf } from '../router.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';
import type { Draft } from './draft.ts';

interface Preview {
  readonly profiles: number;
  readonly members: number;
  readonly sample: readonly (string | { readonly profile_id: string })[];
}

/** How many would belong to a segment if it were so, and some of them. */
export function SegmentPreview({ draft }: { readonly draft: Draft }) {
  const texts = words.value.define;
  const { run, progress, result, problem } = useJob<Preview>();
  const count = (): Promise<void> =>
    run(async () => await ask('POST /v1/segments/previews', { body: { definition: draft.fields } }));
  return (
    <Card title={texts.preview}>
      <div class="row">
        <button type="button" onClick={count} disabled={draft.fields === undefined || progress !== undefined}>
          {texts.run}
        </button>
        <span role="status">{progress !== undefined && texts.running(progress.done, progress.total)}</span>
      </div>
      {problem !== undefined && <Failure error={problem} />}
      {result !== undefined && (
        <>
          <p>{texts.previewed(result.members, result.profiles)}</p>
          <ul class="plain small">
            {result.sample.map((each) => {
              const id = typeof each === 'string' ? each : each.profile_id;
              return (
                <li key={id}>
                  <a href={addressOf('customer', [id])}>{id}</a>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </Card>
  );
}
