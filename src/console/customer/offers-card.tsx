import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { currentClient } from '../session.ts';
import { words } from '../words/words.ts';
import type { AboutProfile } from './timeline.tsx';

const SHOWN = 5;

/** What a store would be told to offer them now. */
export function OffersCard({ profile, changes }: AboutProfile) {
  const texts = words.value.customer;
  const engine = currentClient();
  const [store, setStore] = useState('');
  const offers = useLoad(
    async (signal) =>
      await engine.recommendations.get(
        { profile, placement: 'store', limit: SHOWN, ...(store === '' ? {} : { store }) },
        { signal },
      ),
    [engine, profile, changes, store],
  );
  return (
    <Card title={texts.recommendations}>
      <label>
        {texts.store}
        <input value={store} onChange={({ currentTarget }) => setStore(currentTarget.value.trim())} />
      </label>
      <LoadedView of={offers}>
        {(answer) =>
          answer === undefined || answer.items.length === 0 ? (
            <p class="quiet">{words.value.nothing}</p>
          ) : (
            <ol>
              {answer.items.map(({ item_id, variant_id, name, reasons }) => (
                <li key={item_id}>
                  <strong>{name ?? item_id}</strong>{' '}
                  {variant_id !== undefined && <span class="quiet">{variant_id}</span>}
                  <div class="small quiet">{reasons.map(({ text }) => text).join(' · ')}</div>
                </li>
              ))}
            </ol>
          )
        }
      </LoadedView>
    </Card>
  );
}
