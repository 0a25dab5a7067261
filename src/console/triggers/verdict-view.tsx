import type { TesseraApiError } from '../../sdk/client/client.ts';
import { showValue } from '../customer/show-value.ts';
import { Data } from '../parts/data.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { words } from '../words/words.ts';
import type { Verdict } from './use-check.ts';
import { lineOf } from './yaml-place.ts';

interface VerdictViewProps {
  readonly verdict: Verdict;
  /** What it is about. */
  readonly text: string;
}

/** What the engine says of the draft, while it is typed. */
export function VerdictView({ verdict, text }: VerdictViewProps) {
  const texts = words.value.define;
  if (verdict.state === 'refused') return <Refusal error={verdict.error} text={text} />;
  if (verdict.state === 'unreadable') {
    return (
      <p class="notice" role="alert">
        {texts.unreadable(verdict.problem)}
      </p>
    );
  }
  if (verdict.state === 'checking') return <p class="quiet">… {texts.checking}</p>;
  if (verdict.changes.length === 0) return <p role="status">{texts.unchanged}</p>;
  return (
    <>
      <p role="status" class="good">
        {texts.valid}
      </p>
      <Table
        label={texts.changes}
        rows={verdict.changes}
        keyOf={({ path }) => path}
        columns={[
          {
            title: texts.path,
            cell: ({ path }) => (
              <code>
                <Data value={path} />
              </code>
            ),
          },
          {
            title: texts.before,
            cell: ({ before }) => (
              <del>
                <Data value={showValue(before)} />
              </del>
            ),
          },
          {
            title: texts.after,
            cell: ({ after }) => (
              <ins>
                <Data value={showValue(after)} />
              </ins>
            ),
          },
        ]}
      />
    </>
  );
}

function Refusal({ error, text }: { readonly error: TesseraApiError; readonly text: string }) {
  const lines = error.errors.flatMap(({ path }) => lineOf(text, path) ?? []);
  return (
    <>
      <Failure error={error} />
      {lines.length > 0 && <p class="small">{words.value.define.inLines([...new Set(lines)].join(', '))}</p>}
    </>
  );
}
