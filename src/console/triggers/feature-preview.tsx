import { useState } from 'preact/hooks';
import { toReference } from '../customer/reference.ts';
import { sayValue } from '../customer/show-value.ts';
import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useAction } from '../parts/use-action.ts';
import { addressOf } from '../router.ts';
import { ask } from '../session.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import type { Draft } from './draft.ts';

interface Preview {
  readonly profile_id: string;
  readonly features: Readonly<Record<string, { readonly value: unknown; readonly approximate?: boolean }>>;
  readonly past: { readonly events: number; readonly read: number; readonly from?: number };
}

/** What a draft would be for somebody real, out of everything that history has of them; nothing is kept. */
export function FeaturePreview({ draft }: { readonly draft: Draft }) {
  const { define: texts, customer } = words.value;
  const [who, setWho] = useState('');
  const { run, running, result, problem } = useAction<Preview>();
  const preview = async (): Promise<Preview> =>
    await ask<Preview>('POST /v1/features/previews', {
      body: { definition: draft.fields, profile: toReference(who) },
    });
  return (
    <Card title={texts.featurePreview}>
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
        <p class="small quiet">{texts.featurePreviewHint}</p>
      ) : (
        <Outcome preview={result} />
      )}
    </Card>
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
