import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { toReference } from '../customer/reference.ts';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { useAction } from '../parts/use-action.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';
import type { Draft } from './draft.ts';

/** Asks on whom a draft is to be tried, tries it there, and shows what came of it. */
export function TrialForm<Outcome>({
  draft,
  title,
  hint,
  route,
  show,
}: {
  readonly draft: Draft;
  readonly title: string;
  /** Stands there as long as nothing has been tried. */
  readonly hint: string;
  readonly route: 'POST /v1/triggers/previews' | 'POST /v1/features/previews';
  readonly show: (outcome: Outcome) => ComponentChildren;
}) {
  const { define: texts, customer } = words.value;
  const [who, setWho] = useState('');
  const { run, running, result, problem } = useAction<Outcome>();
  const isReady = draft.fields !== undefined && who.trim() !== '';
  const tried = async (): Promise<Outcome> =>
    await ask<Outcome>(route, { body: { definition: draft.fields, profile: toReference(who) } });
  return (
    <Card title={title}>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) run(tried);
        }}
      >
        <label class="stretch">
          {customer.search}
          <input value={who} onInput={({ currentTarget }) => setWho(currentTarget.value)} />
        </label>
        <button type="submit" disabled={running || !isReady}>
          {texts.run}
        </button>
      </form>
      {problem !== undefined && <Failure error={problem} />}
      {result === undefined ? <p class="small quiet">{hint}</p> : show(result)}
    </Card>
  );
}
