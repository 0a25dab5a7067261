import { formatPercent, words } from '../words/words.ts';
import { isMet, type Measure, measuresOf, type QualityReport } from './quality-answer.ts';

/** Each measure as a bar, with a line where its target is. */
export function MeasureList({ report }: { readonly report: QualityReport }) {
  const texts = words.value.insight;
  return (
    <ul class="bars roomy plain" aria-label={texts.measures}>
      {measuresOf(report).map((measure) => (
        <Row key={measure.name} measure={measure} />
      ))}
    </ul>
  );
}

function Row({ measure }: { readonly measure: Measure }) {
  const texts = words.value.insight;
  const { name, rate, target, wanted } = measure;
  // Small shares would not be seen on a scale up to 1.
  const full = wanted === 'more' ? 1 : Math.max(2 * target, rate ?? 0);
  const place = (value: number): string => `${Math.min(100, (100 * value) / full)}%`;
  const wish = wanted === 'more' ? texts.atLeast(formatPercent(target)) : texts.atMost(formatPercent(target));
  return (
    <li>
      <span>{texts.measureNames[name]}</span>
      <span class="track target" aria-hidden="true">
        <i style={{ width: place(rate ?? 0), background: isMet(measure) ? 'var(--bar)' : 'var(--bad)' }} />
        <b style={{ left: place(target) }} />
      </span>
      <span class="number">
        {rate === null ? (
          <span class="quiet">{texts.unmeasured}</span>
        ) : (
          <span class={isMet(measure) ? 'good' : 'bad'}>{formatPercent(rate)}</span>
        )}
        <span class="quiet small"> · {wish}</span>
      </span>
    </li>
  );
}
