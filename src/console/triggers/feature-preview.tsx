import { sayValue } from '../customer/show-value.ts';
import { Data } from '../parts/data.tsx';
import { Table } from '../parts/table.tsx';
import { addressOf } from '../router.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import type { Draft } from './draft.ts';
import { TrialForm } from './trial-form.tsx';

interface Preview {
  readonly profile_id: string;
  readonly features: Readonly<Record<string, { readonly value: unknown; readonly approximate?: boolean }>>;
  readonly past: { readonly events: number; readonly read: number; readonly from?: number };
}

/** What a draft would be for somebody real, out of everything that history has of them; nothing is kept. */
export function FeaturePreview({ draft }: { readonly draft: Draft }) {
  const { define: texts } = words.value;
  return (
    <TrialForm<Preview>
      draft={draft}
      title={texts.featurePreview}
      hint={texts.featurePreviewHint}
      route="POST /v1/features/previews"
      show={(preview) => <Outcome preview={preview} />}
    />
  );
}

function Outcome({ preview: { profile_id, features, past } }: { readonly preview: Preview }) {
  const { define: texts, live } = words.value;
  const { events, read, from } = past;
  return (
    <div aria-live="polite">
      <p class="small">
        {live.who}: <a href={addressOf('customer', [profile_id])}>{profile_id}</a>
      </p>
      <Table
        label={texts.featurePreview}
        rows={Object.entries(features)}
        keyOf={([name]) => name}
        columns={[
          { title: texts.name, cell: ([name]) => name },
          {
            title: texts.valueColumn,
            cell: ([, { value, approximate }]) => (
              <>
                {approximate === true && '≈ '}
                <Data value={sayValue(value)} />
              </>
            ),
          },
        ]}
      />
      <p class="small quiet">
        {from === undefined
          ? texts.computedOfNothing
          : texts.computedFrom(formatNumber(events), formatMoment(from), formatNumber(read))}
      </p>
    </div>
  );
}
