import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask, currentClient } from '../session.ts';
import { words } from '../words/words.ts';
import type { AboutProfile } from './timeline.tsx';

interface Explanation {
  readonly says: readonly string[];
}

/** Why a trigger fired for them or did not, in the engine's words. */
export function ExplainCard({ profile, changes }: AboutProfile) {
  const { customer: texts, live } = words.value;
  const engine = currentClient();
  const [trigger, setTrigger] = useState('');
  const triggers = useLoad(async () => await engine.definitions.list('triggers'), [engine]);
  const answer = useLoad(
    async (signal) =>
      trigger === ''
        ? undefined
        : await ask<Explanation>('GET /v1/profiles/{id}/explain', {
            path: { id: profile },
            query: { trigger },
            signal,
          }),
    [profile, changes, trigger],
  );
  return (
    <Card title={texts.explain}>
      <LoadedView of={triggers}>
        {(list) => (
          <label>
            {live.filterTrigger}
            <select value={trigger} onChange={({ currentTarget }) => setTrigger(currentTarget.value)}>
              <option value="">–</option>
              {list.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
      </LoadedView>
      <LoadedView of={answer}>
        {(explanation) =>
          explanation === undefined ? (
            <p class="quiet">{texts.noExplanation}</p>
          ) : (
            <ul aria-live="polite">
              {explanation.says.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )
        }
      </LoadedView>
    </Card>
  );
}
