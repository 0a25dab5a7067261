import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { DiffView } from './diff-view.tsx';
import { draftOf, type Fields } from './draft.ts';
import type { Kind } from './triggers-page.tsx';

interface Version {
  /** Names it; a place in the order of all definitions' changes. */
  readonly number: number;
  /** Which of this definition's it is, from 1. */
  readonly edition: number;
  readonly author: string;
  readonly since: number;
  readonly change: 'created' | 'changed' | 'removed' | 'enabled' | 'disabled';
  readonly active: boolean;
}

interface VersionText {
  /** Null where it was taken back. */
  readonly definition: Fields | null;
}

interface VersionsCardProps {
  readonly kind: Kind;
  readonly name: string;
  /** Another number: something was put in force. */
  readonly round: number;
  /** Takes an earlier text into the editor; absent where nothing may be changed. */
  readonly take: ((definition: Fields, edition: number) => void) | undefined;
}

/** Who changed it when, what was changed, and the way back. */
export function VersionsCard({ kind, name, round, take }: VersionsCardProps) {
  const texts = words.value.define;
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly versions: readonly Version[] }>('GET /v1/definitions/{kind}/{name}/versions', {
        path: { kind, name },
        signal,
      }),
    [kind, name],
    [round],
  );
  return (
    <Card title={texts.versions} wide>
      <LoadedView of={found}>
        {({ versions }) => (
          <Versions key={versions[0]?.number} kind={kind} name={name} versions={versions} take={take} />
        )}
      </LoadedView>
    </Card>
  );
}

type VersionsProps = Pick<VersionsCardProps, 'kind' | 'name' | 'take'> & {
  readonly versions: readonly Version[];
};

function Versions({ kind, name, versions, take }: VersionsProps) {
  const texts = words.value.define;
  const [older, setOlder] = useState(versions[1]?.number);
  const [newer, setNewer] = useState(versions[0]?.number);
  const takeBack = async ({ number, edition }: Version): Promise<void> => {
    const { definition } = await readVersion({ kind, name, version: number });
    if (definition !== null) take?.(definition, edition);
  };
  const editionOf = (number: number): number => versions.find((each) => each.number === number)?.edition ?? 0;
  return (
    <>
      <Table
        label={texts.versions}
        rows={versions}
        keyOf={({ number }) => String(number)}
        columns={[
          { title: texts.version, cell: ({ edition }) => String(edition) },
          { title: texts.since, cell: ({ since }) => formatMoment(since) },
          { title: texts.change, cell: ({ change }) => texts.changeKinds[change] },
          { title: texts.author, cell: ({ author }) => author },
          {
            title: '',
            cell: (version) =>
              version.active ? (
                <span class="good">{texts.active}</span>
              ) : (
                take !== undefined &&
                version.change !== 'removed' && (
                  <button
                    type="button"
                    aria-label={texts.rollBackTo(version.edition)}
                    onClick={() => takeBack(version)}
                  >
                    {texts.rollBack}
                  </button>
                )
              ),
          },
        ]}
      />
      {older !== undefined && newer !== undefined && (
        <>
          <div class="row">
            <VersionChoice label={texts.olderVersion} versions={versions} chosen={older} choose={setOlder} />
            <VersionChoice label={texts.newerVersion} versions={versions} chosen={newer} choose={setNewer} />
          </div>
          <Difference
            kind={kind}
            name={name}
            older={older}
            newer={newer}
            label={texts.difference(editionOf(older), editionOf(newer))}
          />
        </>
      )}
    </>
  );
}

interface VersionChoiceProps {
  readonly label: string;
  readonly versions: readonly Version[];
  readonly chosen: number;
  readonly choose: (version: number) => void;
}

function VersionChoice({ label, versions, chosen, choose }: VersionChoiceProps) {
  const texts = words.value.define;
  return (
    <label>
      {label}
      <select value={String(chosen)} onChange={({ currentTarget: { value } }) => choose(Number(value))}>
        {versions.map(({ number, edition, since }) => (
          <option key={number} value={String(number)}>
            {texts.versionOf(edition, formatMoment(since))}
          </option>
        ))}
      </select>
    </label>
  );
}

interface DifferenceProps {
  readonly kind: Kind;
  readonly name: string;
  readonly older: number;
  readonly newer: number;
  readonly label: string;
}

function Difference({ kind, name, older, newer, label }: DifferenceProps) {
  const found = useLoad(
    async (signal) =>
      await Promise.all(
        [older, newer].map(async (each) => textOf(await readVersion({ kind, name, version: each }, signal))),
      ),
    [kind, name, older, newer],
  );
  return (
    <LoadedView of={found}>
      {([before = '', after = '']) => <DiffView label={label} before={before} after={after} />}
    </LoadedView>
  );
}

function textOf({ definition }: VersionText): string {
  return definition === null ? '' : draftOf(definition).text;
}

interface VersionOf {
  readonly kind: Kind;
  readonly name: string;
  readonly version: number;
}

async function readVersion({ kind, name, version }: VersionOf, signal?: AbortSignal): Promise<VersionText> {
  return await ask<VersionText>('GET /v1/definitions/{kind}/{name}/versions/{number}', {
    path: { kind, name, number: String(version) },
    ...(signal === undefined ? {} : { signal }),
  });
}
