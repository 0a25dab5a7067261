import { useEffect, useState } from 'preact/hooks';
import type { ToldEvent } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Data, Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { Failure } from '../parts/loaded-view.tsx';
import { toApiError } from '../parts/use-load.ts';
import { currentClient } from '../session.ts';
import { words } from '../words/words.ts';
import { EventLink } from './event-link.tsx';
import { fillSnippet, readSnippets } from './snippets.ts';
import { StatusText } from './status-text.tsx';
import { openToldFeed, type ToldFeed } from './told-feed.ts';

const SNIPPETS = readSnippets();

/** How each library is pointed here, and whether its first event has come. */
export function Sources() {
  const texts = words.value.debug;
  const [name, setName] = useState(SNIPPETS[0]?.name ?? '');
  const [key, setKey] = useState('');
  const [copied, setCopied] = useState(false);
  const snippet = SNIPPETS.find((each) => each.name === name);
  const code =
    snippet === undefined ? '' : fillSnippet(snippet, { address: location.origin, key: key || 'WRITE_KEY' });
  return (
    <div class="grid">
      <Card title={texts.snippet} wide>
        <div class="row">
          <label>
            {texts.library}
            <select
              value={name}
              onChange={({ currentTarget }) => {
                setName(currentTarget.value);
                setCopied(false);
              }}
            >
              {SNIPPETS.map((each) => (
                <option key={each.name} value={each.name}>
                  {each.title}
                </option>
              ))}
            </select>
          </label>
          <label>
            {texts.writeKey}
            <input
              value={key}
              autocomplete="off"
              placeholder="wk_…"
              onInput={({ currentTarget }) => setKey(currentTarget.value.trim())}
            />
          </label>
          <button
            type="button"
            onClick={async () => {
              await navigator.clipboard.writeText(code);
              setCopied(true);
            }}
          >
            {copied ? texts.copied : texts.copy}
          </button>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
        <section class="scroll" tabIndex={0} aria-label={texts.snippet}>
          <pre>{code}</pre>
        </section>
      </Card>
      <FirstEvent />
    </div>
  );
}

/** Listens for whatever comes from now on, under one source or any. */
function FirstEvent() {
  const texts = words.value.debug;
  const engine = currentClient();
  const [source, setSource] = useState('');
  const [feed, setFeed] = useState<ToldFeed>();
  useEffect(() => () => feed?.stop(), [feed]);
  const first = feed?.items.value.at(-1);
  return (
    <Card title={texts.first} wide>
      <div class="row">
        <label>
          {texts.sourceOrAny}
          <input
            value={source}
            onInput={({ currentTarget }) => {
              setSource(currentTarget.value.trim());
              setFeed(undefined);
            }}
          />
        </label>
        <button type="button" onClick={() => setFeed(openToldFeed(engine, source === '' ? {} : { source }))}>
          {texts.listen}
        </button>
      </div>
      <div role="status">
        {feed?.failed.value !== undefined && <Failure error={toApiError(feed.failed.value)} />}
        {feed !== undefined && first === undefined && <p class="quiet">{texts.first} …</p>}
        {first !== undefined && <Arrived event={first} />}
      </div>
    </Card>
  );
}

function Arrived({ event }: { readonly event: ToldEvent }) {
  const texts = words.value.debug;
  const { event_id, type, status, source, channel, code, path } = event;
  return (
    <>
      <p>
        {texts.arrived(isolated(type || event_id))} · <StatusText status={status} /> ·{' '}
        <Parts of={[source, channel]} />
      </p>
      {code !== undefined && (
        <p class="bad">
          {code}{' '}
          <code>
            <Data value={path ?? ''} />
          </code>
        </p>
      )}
      <EventLink event={event} text={texts.traceIt} />
    </>
  );
}
