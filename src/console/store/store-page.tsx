import { useState } from 'preact/hooks';
import { toReference } from '../customer/reference.ts';
import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { go, place } from '../router.ts';
import { words } from '../words/words.ts';
import { Arrivals } from './arrivals.tsx';
import { ChooseStore } from './choose-store.tsx';
import { CustomerBrief } from './customer-brief.tsx';
import { Expected } from './expected.tsx';

/** `#/store/SH-001`: what an associate has in hand, on a tablet. A second argument is the customer before them. */
export function StorePage() {
  const texts = words.value.store;
  const [store, customer] = place.value.args;
  // Said once, for everybody who is served on this tablet.
  const [associate, setAssociate] = useState('');
  if (store === undefined) return <ChooseStore />;
  return (
    <div class="tablet">
      <div class="row spread">
        <h1>
          {texts.title} <Data value={store} />
        </h1>
        <label>
          {texts.associate}
          <input
            value={associate}
            onInput={({ currentTarget }) => setAssociate(currentTarget.value.trim())}
          />
        </label>
      </div>
      {customer === undefined ? (
        <div class="grid">
          <div class="stack">
            <WhoIsIt store={store} />
            <Arrivals store={store} />
          </div>
          <Expected store={store} />
        </div>
      ) : (
        <CustomerBrief key={customer} store={store} customer={customer} associate={associate} />
      )}
    </div>
  );
}

function WhoIsIt({ store }: { readonly store: string }) {
  const { store: texts, customer } = words.value;
  const [text, setText] = useState('');
  return (
    <Card title={texts.walkIn}>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') go('store', [store, toReference(text)]);
        }}
      >
        <label>
          {customer.search}
          <input type="search" value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
        </label>
        <button type="submit" class="first">
          {customer.find}
        </button>
      </form>
    </Card>
  );
}
