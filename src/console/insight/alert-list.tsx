import { Data } from '../parts/data.tsx';
import { formatNumber, formatPercent, words } from '../words/words.ts';
import { bySeverity, type QualityAlert, severityOf } from './quality-answer.ts';

/** What somebody should look at, serious things first. */
export function AlertList({ alerts }: { readonly alerts: readonly QualityAlert[] }) {
  const texts = words.value.insight;
  if (alerts.length === 0) return <p class="good">{texts.noFindings}</p>;
  return (
    <ul class="alerts plain" aria-label={texts.findings}>
      {bySeverity(alerts).map((alert) => {
        const severity = severityOf(alert);
        return (
          <li key={`${alert.code} ${alert.subject}`} class={severity}>
            <span class={`badge ${severity}`}>{texts.severities[severity]}</span>
            <span>
              {texts.alerts[alert.code] ?? alert.code}
              {alert.subject !== '' && (
                <span class="quiet">
                  {' '}
                  · <Data value={alert.subject} />
                </span>
              )}
            </span>
            <span class="number small">{describe(alert, texts.is)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Shares lie between 0 and 1, and counts of flags do not; where there is no target there is nothing to compare with. */
function describe({ value, target }: QualityAlert, is: (value: string, target: string) => string): string {
  if (value === null) return '';
  const share = target !== null && target < 1;
  const show = share ? formatPercent : formatNumber;
  return target === null ? show(value) : is(show(value), show(target));
}
