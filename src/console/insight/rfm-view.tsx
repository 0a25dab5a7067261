import type { Words } from '../words/en.ts';
import { formatNumber, formatPercent, formatShort, words } from '../words/words.ts';
import { BarList } from './bar-list.tsx';
import { FiguresTable } from './figures-table.tsx';
import { HeatTable } from './heat-table.tsx';
import { Missing } from './missing.tsx';

/** People with these scores, 1 to 5. */
interface RfmCell {
  readonly recency: number;
  readonly frequency: number;
  readonly people: number;
}

interface RfmGroup {
  readonly group: keyof Words['insight']['groups'];
  readonly people: number;
  readonly share: number | null;
  readonly net: string;
}

export interface RfmAnswer {
  readonly currency: string;
  readonly customers: number;
  readonly cells: readonly RfmCell[];
  readonly groups: readonly RfmGroup[];
}

const SCORES = [1, 2, 3, 4, 5];

/** Where customers lie by recency and frequency, and how many are in each of the named groups. */
export function RfmView({ answer: { customers, cells, groups } }: { readonly answer: RfmAnswer }) {
  const texts = words.value.insight;
  if (customers === 0) return <Missing name="rfm" />;
  const named = groups.map((each) => ({ ...each, group: texts.groups[each.group] ?? each.group }));
  return (
    <>
      <RfmGrid cells={cells} />
      <h3>{texts.byGroup}</h3>
      <BarList
        label={texts.byGroup}
        bars={named.map(({ group, people, share }) => ({
          name: group,
          value: people,
          text: `${formatNumber(people)} · ${formatPercent(share ?? 0)}`,
        }))}
      />
      <FiguresTable
        label={texts.byGroup}
        rows={named}
        columns={[
          ['group', 'text'],
          ['people', 'count'],
          ['share', 'share'],
          ['net', 'money'],
        ]}
      />
    </>
  );
}

function RfmGrid({ cells }: Pick<RfmAnswer, 'cells'>) {
  const texts = words.value.insight;
  const people = (recency: number, frequency: number): number =>
    cells
      .filter((cell) => cell.recency === recency && cell.frequency === frequency)
      .reduce((sum, cell) => sum + cell.people, 0);
  const most = Math.max(1, ...SCORES.flatMap((r) => SCORES.map((f) => people(r, f))));
  return (
    <HeatTable
      label={`${texts.recency} ↓ · ${texts.frequency} →`}
      corner="↓ →"
      columns={SCORES.map(String)}
      rows={SCORES.toReversed().map((recency) => ({
        name: String(recency),
        cells: SCORES.map((frequency) => {
          const count = people(recency, frequency);
          return {
            share: count / most,
            text: formatShort(count),
            said: texts.cell(recency, frequency, formatNumber(count)),
          };
        }),
      }))}
    />
  );
}
