import { useState } from 'preact/hooks';
import { reasonText } from '../live/reason-text.ts';
import { Card } from '../parts/card.tsx';
import { visible } from '../parts/data-text.ts';
import { Fact } from '../parts/fact.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { type Saying, Sayings } from '../parts/saying.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask, currentClient } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import type { AboutProfile } from './timeline.tsx';

interface Explanation {
  readonly sentences: readonly Saying[];
  readonly pattern: {
    readonly progress: readonly { readonly have?: unknown; readonly need?: unknown; readonly key?: string }[];
  };
  readonly if_complete_now: {
    readonly decision: string;
    readonly reason?: string;
    readonly until?: number;
  };
}

/** Why a trigger fired for them or did not: what it has of what it needs, what would be decided now, sentence by sentence. */
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
    [profile, trigger],
    [changes],
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
                <option key={name} value={name}>
                  {visible(name)}
                </option>
              ))}
            </select>
          </label>
        )}
      </LoadedView>
      <div aria-live="polite">
        <LoadedView of={answer}>
          {(explanation) =>
            explanation === undefined ? (
              <p class="quiet">{texts.noExplanation}</p>
            ) : (
              <Explained {...explanation} />
            )
          }
        </LoadedView>
      </div>
    </Card>
  );
}

function Explained({ sentences, pattern: { progress }, if_complete_now: verdict }: Explanation) {
  const { customer: texts, live } = words.value;
  const decisions: Readonly<Record<string, string>> = words.value.decisions;
  const { decision, reason, until } = verdict;
  return (
    <>
      <dl class="facts">
        {progress
          .filter(({ have, need }) => have !== undefined && need !== undefined)
          .map(({ key = '', have, need }) => (
            <Fact
              key={key}
              name={key === '' ? texts.step : key}
              value={texts.haveOf(String(have), String(need))}
            />
          ))}
        <Fact
          name={texts.completeNow}
          value={[
            decisions[decision] ?? texts.none,
            reason && reasonText(reason, live.reasons),
            until && `${texts.until} ${formatMoment(until)}`,
          ]
            .filter(Boolean)
            .join(' · ')}
        />
      </dl>
      <Sayings of={sentences} />
    </>
  );
}
