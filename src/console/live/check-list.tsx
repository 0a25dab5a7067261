import { showValue } from '../customer/show-value.ts';
import { isolated } from '../parts/data-text.ts';
import { words } from '../words/words.ts';

/** A question that limits ask, and what answered it. */
export interface Check {
  readonly check: string;
  readonly passed: boolean;
}

/** What was asked, in this order; the first that says no decides. */
export function CheckList({ checks }: { readonly checks: readonly Check[] }) {
  const names: Readonly<Record<string, string>> = words.value.checks;
  return (
    <ul>
      {checks.map(({ check, passed, ...found }, n) => (
        <li key={`${n} ${check}`} class={passed ? 'good' : 'warn'}>
          {passed ? '✓' : '✗'} {names[check] ?? check}{' '}
          <span class="quiet">
            {Object.entries(found)
              .map(([name, value]) => `${name}: ${isolated(showValue(value))}`)
              .join(', ')}
          </span>
        </li>
      ))}
    </ul>
  );
}
