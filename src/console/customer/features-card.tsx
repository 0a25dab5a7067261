import { useState } from 'preact/hooks';
import type { Profile } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Table } from '../parts/table.tsx';
import { words } from '../words/words.ts';
import { showValue } from './show-value.ts';

export function FeaturesCard({ features }: Pick<Profile, 'features'>) {
  const texts = words.value.customer;
  const [filter, setFilter] = useState('');
  const [filled, setFilled] = useState(true);
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
            title: '=',
            cell: ([, { value, partial, approximate }]) => (
              <>
                {approximate === true && '≈ '}
                {showValue(value)}
                {partial && <span class="small quiet"> ({texts.partial})</span>}
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === 0 || value === '' || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}
