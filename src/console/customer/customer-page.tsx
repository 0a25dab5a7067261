import { useState } from 'preact/hooks';
import type { Profile } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Data, Parts } from '../parts/data.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { addressOf, go, place } from '../router.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { CustomerView } from './customer-view.tsx';
import { toReference } from './reference.ts';

/** `#/customer` finds somebody; `#/customer/<reference>` shows them. */
export function CustomerPage() {
  const [reference] = place.value.args;
  return (
    <>
      <h1>{words.value.customer.title}</h1>
      <Search />
      {reference === undefined ? <SomeProfiles /> : <CustomerView key={reference} reference={reference} />}
    </>
  );
}

function Search() {
  const { search, find, hint } = words.value.customer;
  const [text, setText] = useState('');
  return (
    <search>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') go('customer', [toReference(text)]);
        }}
      >
        <label>
          {search}
          <input
            type="search"
            value={text}
            aria-describedby="search-hint"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <button type="submit" class="first">
          {find}
        </button>
      </form>
      <p id="search-hint" class="small quiet">
        {hint}
      </p>
    </search>
  );
}

const SHOWN = 25;

function SomeProfiles() {
  const texts = words.value.customer;
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly profiles: readonly Profile[] }>('GET /v1/profiles', {
        query: { limit: SHOWN, fields: 'identifiers,last_seen' },
        signal,
      }),
    [],
  );
  return (
    <Card title={texts.recent}>
      <LoadedView of={found}>
        {(page) => (
          <Table
            label={texts.recent}
            rows={page.profiles}
            keyOf={({ profile_id }) => profile_id}
            columns={[
              {
                title: texts.title,
                cell: ({ profile_id }) => <a href={addressOf('customer', [profile_id])}>{profile_id}</a>,
              },
              {
                title: texts.identifiers,
                cell: ({ identifiers }) =>
                  Object.entries(identifiers).map(([type, values]) => (
                    <span class="chip" key={type}>
                      <Data value={type} />: <Parts of={values} between=", " />
                    </span>
                  )),
              },
              {
                title: texts.lastSeen,
                cell: ({ last_seen }) => (last_seen == null ? '–' : formatMoment(last_seen)),
              },
            ]}
          />
        )}
      </LoadedView>
    </Card>
  );
}
