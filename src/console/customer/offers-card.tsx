import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { Data, Parts } from '../parts/data.tsx';
import { visible } from '../parts/data-text.ts';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { useStores } from '../parts/use-stores.ts';
import { language } from '../preferences.ts';
import { currentClient } from '../session.ts';
import { words } from '../words/words.ts';
import type { AboutProfile } from './timeline.tsx';

const SHOWN = 5;

/** What a store would be told to offer them now; of the items that it has. */
export function OffersCard({ profile, changes }: AboutProfile) {
  const texts = words.value.customer;
  const engine = currentClient();
  const [store, setStore] = useState('');
  const locale = language.value === 'zh' ? 'zh-CN' : 'en';
  const stores = useStores();
  const offers = useLoad(
    async (signal) =>
      await engine.recommendations.get(
        { profile, placement: 'store', locale, limit: SHOWN, ...(store === '' ? {} : { store }) },
        { signal },
      ),
    [engine, profile, store, locale],
    [changes],
  );
  return (
    <Card title={texts.recommendations}>
      <label>
        {texts.store}
        <input
          value={store}
          list="offer-stores"
          onChange={({ currentTarget }) => setStore(currentTarget.value.trim())}
        />
      </label>
      <datalist id="offer-stores">
        {stores.map(({ store_id: id, name }) => (
          <option key={id} value={id}>
            {visible(name ?? id)}
          </option>
        ))}
      </datalist>
      <LoadedView of={offers}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="quiet">{words.value.nothing}</p>
          ) : (
            <ol>
              {items.map(({ item_id, variant_id, name, reasons }) => (
                <li key={item_id}>
                  <strong>
                    <Data value={name ?? item_id} />
                  </strong>{' '}
                  {variant_id !== undefined && (
                    <span class="quiet">
                      <Data value={variant_id} />
                    </span>
                  )}
                  <div class="small quiet">
                    <Parts of={reasons.map(({ text }) => text)} />
                  </div>
                </li>
              ))}
            </ol>
          )
        }
      </LoadedView>
    </Card>
  );
}
