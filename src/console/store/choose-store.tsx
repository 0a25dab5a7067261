import { useState } from 'preact/hooks';
import { Data } from '../parts/data.tsx';
import { useStores } from '../parts/use-stores.ts';
import { addressOf, go } from '../router.ts';
import { words } from '../words/words.ts';

/** Those that the catalog knows, and any other by its name. */
export function ChooseStore() {
  const texts = words.value.store;
  const [store, setStore] = useState('');
  const stores = useStores();
  return (
    <div class="tablet">
      <h1>{texts.title}</h1>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (store !== '') go('store', [store]);
        }}
      >
        <label>
          {texts.which}
          <input
            value={store}
            placeholder="SH-001"
            onInput={({ currentTarget }) => setStore(currentTarget.value.trim())}
          />
        </label>
        <button type="submit" class="first">
          {texts.open}
        </button>
      </form>
      {stores.length > 0 && (
        <ul class="plain people">
          {stores.map(({ store_id: id, name }) => (
            <li key={id}>
              <a class="person" href={addressOf('store', [id])}>
                <strong>
                  <Data value={id} />
                </strong>
                {name !== undefined && <Data value={name} />}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
