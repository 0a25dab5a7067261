import { useState } from 'preact/hooks';
import { toReference } from '../customer/reference.ts';
import { showValue } from '../customer/show-value.ts';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useAction } from '../parts/use-action.ts';
import { useJob } from '../parts/use-job.ts';
import { ask, may } from '../session.ts';
import { words } from '../words/words.ts';
import type { Fields } from './draft.ts';

interface FeatureCardProps {
  readonly name: string;
  readonly inForce: Fields;
}

interface FeatureValue {
  readonly value: unknown;
  readonly partial: boolean;
}

/** What a feature in force is for somebody real, and filling it with what was before it was defined. */
export function FeatureCard({ name, inForce }: FeatureCardProps) {
  const { define: texts, customer } = words.value;
  const [who, setWho] = useState('');
  const { run, running, result, problem } = useAction<readonly (readonly [string, FeatureValue])[]>();
  const look = async (): Promise<readonly (readonly [string, FeatureValue])[]> => {
    const names = namesOf(name, inForce);
    const { features } = await ask<{ readonly features: Readonly<Record<string, FeatureValue>> }>(
      'GET /v1/profiles/{id}',
      {
        path: { id: toReference(who) },
        query: { fields: names.map((each) => `features.${each}`).join(',') },
      },
    );
    return Object.entries(features);
  };
  return (
    <Card title={texts.featureOf}>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (who.trim() !== '') run(look);
        }}
      >
        <label class="stretch">
          {customer.search}
          <input value={who} onInput={({ currentTarget }) => setWho(currentTarget.value)} />
        </label>
        <button type="submit" disabled={running || who.trim() === ''}>
          {texts.run}
        </button>
      </form>
      {problem !== undefined && <Failure error={problem} />}
      <div aria-live="polite">
        {result !== undefined && (
          <Table
            label={texts.featureOf}
            rows={result}
            keyOf={([feature]) => feature}
            columns={[
              { title: texts.name, cell: ([feature]) => feature },
              { title: texts.valueColumn, cell: ([, { value }]) => showValue(value) },
              {
                title: '',
                cell: ([, { partial }]) => partial && <span class="small quiet">{customer.partial}</span>,
              },
            ]}
          />
        )}
      </div>
      {may('define') && <Backfill name={name} />}
    </Card>
  );
}

/** One definition may stand for a feature of each window. */
function namesOf(name: string, { windows }: Fields): readonly string[] {
  return Array.isArray(windows) ? windows.map((window) => `${name}_${String(window)}`) : [name];
}

function Backfill({ name }: Pick<FeatureCardProps, 'name'>) {
  const texts = words.value.define;
  const { run, progress, result, problem } = useJob<unknown>();
  const fill = (): Promise<void> =>
    run(async () => await ask('POST /v1/features/{name}/backfills', { path: { name } }));
  return (
    <>
      <p class="small quiet">{texts.backfillHint}</p>
      <div class="row">
        <button type="button" onClick={fill} disabled={progress !== undefined}>
          {texts.backfill}
        </button>
        <span role="status">
          {progress !== undefined && texts.running(progress.done, progress.total)}
          {result !== undefined && texts.backfilled}
        </span>
      </div>
      {problem !== undefined && <Failure error={problem} />}
    </>
  );
}
