import { showValue } from '../customer/show-value.ts';
import { Fact } from '../parts/fact.tsx';
import { words } from '../words/words.ts';
import { type Check, CheckList } from './check-list.tsx';

/** Why it was decided so: what matched, then each question that was asked, with what answered it. */
export function FiringTrace({ trace }: { readonly trace: Readonly<Record<string, unknown>> }) {
  const texts = words.value.live;
  const { matched, checks, ...rest } = trace;
  const asked = (Array.isArray(checks) ? checks : []) as readonly Check[];
  return (
    <>
      <p class="quiet">{texts.matched}</p>
      <dl class="facts">
        {Object.entries({ ...fieldsOf(matched), ...rest }).map(([name, value]) => (
          <Fact key={name} name={name} value={showValue(value)} />
        ))}
      </dl>
      {asked.length > 0 && (
        <>
          <p class="quiet">{texts.asked}</p>
          <CheckList checks={asked} />
        </>
      )}
    </>
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
