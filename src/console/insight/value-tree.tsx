import { showValue } from '../customer/show-value.ts';
import { Fact } from '../parts/fact.tsx';
import { words } from '../words/words.ts';
import { ReportTable } from './report-table.tsx';

interface ValueTreeProps {
  readonly label: string;
  readonly value: unknown;
}

/** Any answer, readable: plain values side by side, lists of things as tables, deeper things under their names. */
export function ValueTree({ label, value }: ValueTreeProps) {
  if (Array.isArray(value)) return <List label={label} list={value} />;
  if (typeof value !== 'object' || value === null) return <p>{showValue(value)}</p>;
  const entries = Object.entries(value);
  const plain = entries.filter(([, each]) => typeof each !== 'object' || each === null);
  const deep = entries.filter(([, each]) => typeof each === 'object' && each !== null);
  return (
    <>
      {plain.length > 0 && (
        <dl class="facts">
          {plain.map(([name, each]) => (
            <Fact key={name} name={name} value={showValue(each)} />
          ))}
        </dl>
      )}
      {deep.map(([name, each]) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <ValueTree label={name} value={each} />
        </section>
      ))}
    </>
  );
}

function List({ label, list }: { readonly label: string; readonly list: readonly unknown[] }) {
  if (list.length === 0) return <p class="quiet">{words.value.nothing}</p>;
  const things = list.filter((each): each is object => typeof each === 'object' && each !== null);
  if (things.length < list.length) return <p>{list.map(showValue).join(', ')}</p>;
  const columns = [...new Set(things.flatMap((each) => Object.keys(each)))];
  const rows = things.map((each) => columns.map((name) => Reflect.get(each, name)));
  return <ReportTable label={label} table={{ columns, rows }} />;
}
