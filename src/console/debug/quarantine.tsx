import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { Failure, LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useJob } from '../parts/use-job.ts';
import { useLoad } from '../parts/use-load.ts';
import { ask, may } from '../session.ts';
import { formatNumber, words } from '../words/words.ts';

interface Group {
  readonly code: string;
  readonly source: string;
  readonly path: string;
  readonly events: number;
  readonly waiting: number;
  readonly replayed: number;
  readonly given_up: number;
  readonly example: string;
}

/** Why events wait, what one of them says, and a way back in for all of a kind. */
export function Quarantine() {
  const texts = words.value.debug;
  const [shown, setShown] = useState<string>();
  const { run, progress, result, problem } = useJob<unknown>();
  const counts = useLoad(
    async (signal) =>
      await ask<{ readonly counts: readonly Group[] }>('GET /v1/quarantine/counts', { signal }),
    [result],
  );
  const replay = ({ code, source, path }: Group): Promise<void> =>
    run(
      async () =>
        await ask('POST /v1/quarantine/replays', {
          body: { filter: { code, source, ...(path === '' ? {} : { path }), state: 'waiting' } },
        }),
    );
  return (
    <div class="grid">
      <Card title={texts.kept} wide>
        <p class="small quiet">{texts.replayHint}</p>
        <p role="status">
          {progress !== undefined && words.value.define.running(progress.done, progress.total)}
          {result !== undefined && texts.replayDone(JSON.stringify(result))}
        </p>
        {problem !== undefined && <Failure error={problem} />}
        <LoadedView of={counts}>
          {({ counts: groups }) => (
            <Table
              label={texts.kept}
              rows={groups}
              keyOf={({ code, source, path }) => `${code} ${source} ${path}`}
              empty={texts.notKept}
              columns={[
                { title: texts.code, cell: ({ code }) => code },
                { title: texts.source, cell: ({ source }) => source },
                { title: texts.path, cell: ({ path }) => <code>{path}</code> },
                { title: texts.waits, number: true, cell: ({ waiting }) => formatNumber(waiting) },
                { title: texts.replayed, number: true, cell: ({ replayed }) => formatNumber(replayed) },
                { title: texts.givenUp, number: true, cell: ({ given_up }) => formatNumber(given_up) },
                {
                  title: '',
                  cell: (group) => (
                    <>
                      <button type="button" onClick={() => setShown(group.example)}>
                        {texts.show}
                      </button>{' '}
                      {may('admin') && group.waiting > 0 && (
                        <button type="button" disabled={progress !== undefined} onClick={() => replay(group)}>
                          {texts.replay}
                        </button>
                      )}
                    </>
                  ),
                },
              ]}
            />
          )}
        </LoadedView>
      </Card>
      {shown !== undefined && <KeptEvent key={shown} id={shown} />}
    </div>
  );
}

function KeptEvent({ id }: { readonly id: string }) {
  const found = useLoad(
    async (signal) => await ask<unknown>('GET /v1/quarantine/{id}', { path: { id }, signal }),
    [id],
  );
  return (
    <Card title={id} wide>
      <LoadedView of={found}>{(event) => <pre>{JSON.stringify(event, null, 2)}</pre>}</LoadedView>
    </Card>
  );
}
