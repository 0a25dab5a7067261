import { formatNumber, formatShort, words } from '../words/words.ts';

/** People with these scores, 1 to 5. */
export interface RfmCell {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
  readonly people: number;
}

const SCORES = [5, 4, 3, 2, 1];

/** How many people lie where, by recency and frequency; darker is more. */
export function RfmGrid({ cells }: { readonly cells: readonly RfmCell[] }) {
  const texts = words.value.insight;
  const people = (recency: number, frequency: number): number =>
    cells
      .filter((cell) => cell.recency === recency && cell.frequency === frequency)
      .reduce((sum, cell) => sum + cell.people, 0);
  const most = Math.max(1, ...SCORES.flatMap((r) => SCORES.map((f) => people(r, f))));
  return (
    <table class="rfm">
      <caption class="small quiet">
        {texts.recency} ↓ · {texts.frequency} →
      </caption>
      <thead>
        <tr>
          <td />
          {[...SCORES].reverse().map((frequency) => (
            <th key={frequency} scope="col">
              {frequency}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {SCORES.map((recency) => (
          <tr key={recency}>
            <th scope="row">{recency}</th>
            {[...SCORES].reverse().map((frequency) => {
              const count = people(recency, frequency);
              return (
                <td
                  key={frequency}
                  style={{ '--share': count / most }}
                  title={texts.cell(recency, frequency, formatNumber(count))}
                >
                  {formatShort(count)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
