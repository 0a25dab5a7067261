import { type Check, CheckList } from '../live/check-list.tsx';
import { reasonText } from '../live/reason-text.ts';
import { isolated } from '../parts/data-text.ts';
import { type Saying, Sayings } from '../parts/saying.tsx';
import { addressOf } from '../router.ts';
import type { Words } from '../words/en.ts';
import { formatMoment, words } from '../words/words.ts';
import type { Draft } from './draft.ts';
import { TrialForm } from './trial-form.tsx';

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
  const { define: texts } = words.value;
  return (
    <TrialForm<Preview>
      draft={draft}
      title={texts.profilePreview}
      hint={texts.profilePreviewHint}
      route="POST /v1/triggers/previews"
      show={(preview) => <PreviewOutcome preview={preview} />}
    />
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
