import { useState } from 'preact/hooks';
import type { Profile } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { Sparkline } from '../parts/sparkline.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatNumber, words } from '../words/words.ts';
import { isEmpty, sayValue } from './show-value.ts';

interface Course {
  /** By name: one value a day, the last one of now. */
  readonly features: Readonly<Record<string, readonly (number | null)[]>>;
}

const DAYS = 30;

/** Features as they are now, and those that are numbers as they came there. */
export function FeaturesCard({ profile: { profile_id: id, features } }: { readonly profile: Profile }) {
  const texts = words.value.customer;
  const [filter, setFilter] = useState('');
  const [filled, setFilled] = useState(true);
  const course = useCourse(id);
  const rows = Object.entries(features).filter(
    ([name, { value }]) => name.includes(filter.toLowerCase()) && (!filled || !isEmpty(value)),
  );
  return (
    <Card title={texts.features}>
      <div class="row">
        <label>
          {texts.filterFeatures}
          <input
            type="search"
            value={filter}
            onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={filled}
            onChange={({ currentTarget }) => setFilled(currentTarget.checked)}
          />
          {texts.onlyFilled}
        </label>
      </div>
      <Table
        label={texts.features}
        rows={rows}
        keyOf={([name]) => name}
        columns={[
          { title: texts.features, cell: ([name]) => name },
          {
            title: texts.now,
            cell: ([, { value, partial, approximate }]) => (
              <>
                {approximate === true && '≈ '}
                <Data value={sayValue(value)} />
                {partial && <span class="small quiet"> ({texts.partial})</span>}
              </>
            ),
          },
          { title: texts.lastDays(DAYS), cell: ([name]) => <CourseOf name={name} values={course[name]} /> },
        ]}
      />
    </Card>
  );
}

/** Nothing until it is there, and where history cannot tell: the values of now stand beside it. */
function useCourse(id: string): Course['features'] {
  const { loaded } = useLoad(
    async (signal) =>
      await ask<Course>('GET /v1/profiles/{id}/features/days', {
        path: { id },
        query: { days: DAYS },
        signal,
      }),
    [id],
  );
  return loaded.state === 'ready' ? loaded.value.features : {};
}

interface CourseOfProps {
  readonly name: string;
  readonly values: readonly (number | null)[] | undefined;
}

/** What has stood still all the time is no course. */
function CourseOf({ name, values = [] }: CourseOfProps) {
  const known = values.filter((value) => value !== null);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined || new Set(known).size < 2) return null;
  const label = words.value.customer.trend(isolated(name), formatNumber(first), formatNumber(last));
  return <Sparkline label={label} values={values} />;
}
