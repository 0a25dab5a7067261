import { useState } from 'preact/hooks';
import { toReference } from '../customer/reference.ts';
import { type Check, CheckList } from '../live/check-list.tsx';
import { reasonText } from '../live/reason-text.ts';
import { Card } from '../parts/card.tsx';
import { isolated } from '../parts/data-text.ts';
import { Failure } from '../parts/loaded-view.tsx';
import { type Saying, Sayings } from '../parts/saying.tsx';
import { useAction } from '../parts/use-action.ts';
import { addressOf } from '../router.ts';
import { ask } from '../session.ts';
import type { Words } from '../words/en.ts';
import { formatMoment, words } from '../words/words.ts';
import type { Draft } from './draft.ts';

interface Preview {
  readonly profile_id: string;
  readonly sentences: readonly Saying[];
  readonly if_complete_now?: {
    readonly decision: keyof Words['decisions'] | 'none';
    readonly reason?: string;
    readonly until?: number;
    readonly channel?: string;
    readonly checks?: readonly Check[];
  };
}

/** What a draft would decide for somebody real, now; nothing is sent and nothing is kept. */
export function TriggerPreview({ draft }: { readonly draft: Draft }) {
  const { define: texts, customer } = words.value;
  const [who, setWho] = useState('');
  const { run, running, result, problem } = useAction<Preview>();
  const preview = async (): Promise<Preview> =>
    await ask<Preview>('POST /v1/triggers/previews', {
      body: { definition: draft.fields, profile: toReference(who) },
    });
  return (
    <Card title={texts.profilePreview}>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (draft.fields !== undefined && who.trim() !== '') run(preview);
        }}
      >
        <label class="stretch">
          {customer.search}
          <input value={who} onInput={({ currentTarget }) => setWho(currentTarget.value)} />
        </label>
        <button type="submit" disabled={running || draft.fields === undefined || who.trim() === ''}>
          {texts.run}
        </button>
      </form>
      {problem !== undefined && <Failure error={problem} />}
      {result === undefined ? (
        <p class="small quiet">{texts.profilePreviewHint}</p>
      ) : (
        <PreviewOutcome preview={result} />
      )}
    </Card>
  );
}

function PreviewOutcome({ preview }: { readonly preview: Preview }) {
  const { define: texts, decisions, live } = words.value;
  const { profile_id, sentences, if_complete_now: outcome } = preview;
  const checks = outcome?.checks ?? [];
  return (
    <div aria-live="polite">
      <p class="small">
        {live.who}: <a href={addressOf('customer', [profile_id])}>{profile_id}</a>
      </p>
      {outcome !== undefined && (
        <p>
          {texts.ifCompleteNow}:{' '}
          <strong class={outcome.decision === 'fired' ? 'good' : 'warn'}>
            {outcome.decision === 'none' ? texts.noDecision : decisions[outcome.decision]}
          </strong>
          {[
            outcome.reason === undefined ? undefined : reasonText(outcome.reason, live.reasons),
            outcome.channel === 'none' ? live.noChannel : isolated(outcome.channel ?? ''),
            outcome.until === undefined ? undefined : texts.untilMoment(formatMoment(outcome.until)),
          ]
            .filter(Boolean)
            .map((each) => ` · ${each}`)}
        </p>
      )}
      <Sayings of={sentences} />
      {checks.length > 0 && (
        <>
          <h3>{texts.checks}</h3>
          <CheckList checks={checks} />
        </>
      )}
    </div>
  );
}
