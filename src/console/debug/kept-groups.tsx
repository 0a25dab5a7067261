import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { codeText } from '../parts/error-text.ts';
import { LoadedView } from '../parts/loaded-view.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask, may } from '../session.ts';
import { formatNumber, words } from '../words/words.ts';

/** Events that are kept for one reason, from one source, for a fault at one place. */
export interface Group {
  readonly code: string;
  readonly source: string;
  readonly path: string;
  readonly waiting: number;
  readonly replayed: number;
  readonly given_up: number;
}

interface KeptGroupsProps {
  /** Another number: something was tried. */
  readonly round: number;
  readonly chosen: Group | undefined;
  readonly choose: (group: Group) => void;
  readonly replay: (group: Group) => void;
}

/** Why events wait: what is worth mending, the most frequent first. */
export function KeptGroups(props: KeptGroupsProps) {
  const texts = words.value.debug;
  const counts = useLoad(
    async (signal) =>
      await ask<{ readonly counts: readonly Group[] }>('GET /v1/quarantine/counts', { signal }),
    [],
    [props.round],
  );
  return (
    <Card title={texts.kept} wide>
      <p class="small quiet">{texts.replayHint}</p>
      <LoadedView of={counts}>
        {({ counts: groups }) => (
          <Table
            label={texts.kept}
            rows={groups}
            keyOf={keyOfGroup}
            empty={texts.notKept}
            columns={columnsOf(props)}
          />
        )}
      </LoadedView>
    </Card>
  );
}

export function keyOfGroup({ code, source, path }: Group): string {
  return `${code} ${source} ${path}`;
}

function columnsOf({ chosen, choose, replay }: KeptGroupsProps): readonly Column<Group>[] {
  const texts = words.value.debug;
  return [
    { title: texts.code, cell: ({ code }) => <span title={codeText(code)}>{code}</span> },
    { title: texts.source, cell: ({ source }) => source },
    {
      title: texts.path,
      cell: ({ path }) => (
        <code>
          <Data value={path} />
        </code>
      ),
    },
    { title: texts.waits, number: true, cell: ({ waiting }) => formatNumber(waiting) },
    { title: texts.replayed, number: true, cell: ({ replayed }) => formatNumber(replayed) },
    { title: texts.givenUp, number: true, cell: ({ given_up }) => formatNumber(given_up) },
    {
      title: '',
      cell: (group) => (
        <>
          <button
            type="button"
            aria-pressed={chosen !== undefined && keyOfGroup(chosen) === keyOfGroup(group)}
            onClick={() => choose(group)}
          >
            {texts.showAll}
          </button>{' '}
          {may('admin') && group.waiting > 0 && (
            <button type="button" onClick={() => replay(group)}>
              {texts.replay}
            </button>
          )}
        </>
      ),
    },
  ];
}
