import { useEffect, useState } from 'preact/hooks';
import type { Firing, TesseraClient } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { visible } from '../parts/data-text.ts';
import { Failure } from '../parts/loaded-view.tsx';
import { toApiError, useLoad } from '../parts/use-load.ts';
import { formatNumber, words } from '../words/words.ts';
import { FiringCard } from './firing-card.tsx';
import { type FiringFeed, openFiringFeed } from './firing-feed.ts';

const DECISIONS = ['fired', 'suppressed', 'deferred', 'held_out', 'revoked'] as const;

/** What triggers decide, as they do. */
export function Firings({ client: engine }: { readonly client: TesseraClient }) {
  const texts = words.value.live;
  const [trigger, setTrigger] = useState('');
  const [decision, setDecision] = useState('');
  const [channel, setChannel] = useState('');
  const [feed, setFeed] = useState<FiringFeed>();
  useEffect(() => {
    const wanted = DECISIONS.find((each) => each === decision);
    const opened = openFiringFeed(engine, {
      ...(trigger === '' ? {} : { trigger }),
      ...(wanted === undefined ? {} : { decision: wanted }),
      ...(channel === '' ? {} : { channel }),
    });
    setFeed(opened);
    return () => opened.stop();
  }, [engine, trigger, decision, channel]);
  return (
    <Card title={texts.firings} wide>
      <div class="row filters">
        <TriggerChoice engine={engine} chosen={trigger} choose={setTrigger} />
        <DecisionChoice chosen={decision} choose={setDecision} />
        <ChannelChoice engine={engine} chosen={channel} choose={setChannel} />
        {feed !== undefined && <PauseButton feed={feed} />}
      </div>
      {feed !== undefined && <FiringList feed={feed} />}
    </Card>
  );
}

interface ChoiceProps {
  readonly chosen: string;
  readonly choose: (value: string) => void;
}

interface FilterProps extends ChoiceProps {
  readonly title: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

function Filter({ title, options, chosen, choose }: FilterProps) {
  return (
    <label>
      {title}
      <select value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">{words.value.all}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {visible(text)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface NamedChoiceProps extends ChoiceProps {
  readonly engine: TesseraClient;
}

function TriggerChoice({ engine, ...choice }: NamedChoiceProps) {
  const found = useLoad(async () => await engine.definitions.list('triggers'), [engine]).loaded;
  const names = found.state === 'ready' ? found.value.map(({ name }) => name) : [];
  return (
    <Filter
      title={words.value.live.filterTrigger}
      options={names.map((name) => [name, name] as const)}
      {...choice}
    />
  );
}

function DecisionChoice(choice: ChoiceProps) {
  const { live, decisions } = words.value;
  return (
    <Filter
      title={live.filterDecision}
      options={DECISIONS.map((each) => [each, decisions[each]] as const)}
      {...choice}
    />
  );
}

/** Those that the messaging definition knows. */
function ChannelChoice({ engine, ...choice }: NamedChoiceProps) {
  const found = useLoad(async () => await engine.definitions.list('messaging'), [engine]).loaded;
  const channels =
    found.state === 'ready' ? found.value.flatMap(({ channels }) => Object.keys(channels ?? {})) : [];
  return (
    <Filter
      title={words.value.live.filterChannel}
      options={channels.map((name) => [name, name] as const)}
      {...choice}
    />
  );
}

function PauseButton({ feed: { paused, behind } }: { readonly feed: FiringFeed }) {
  const texts = words.value.live;
  return (
    <>
      <button
        type="button"
        aria-pressed={paused.value}
        onClick={() => {
          paused.value = !paused.value;
        }}
      >
        {paused.value ? texts.resume : texts.pause}
      </button>
      {paused.value && behind.value > 0 && <span class="quiet">{texts.pausedBehind(behind.value)}</span>}
    </>
  );
}

function FiringList({ feed: { items, total, failed, lost } }: { readonly feed: FiringFeed }) {
  const texts = words.value.live;
  if (failed.value !== undefined) return <Failure error={toApiError(failed.value)} />;
  const firings: readonly Firing[] = items.value;
  if (firings.length === 0) return <p class="quiet">{texts.noFirings}</p>;
  return (
    <>
      <p class="small quiet">
        {texts.newest(formatNumber(firings.length), formatNumber(total.value))}
        {lost.value && <span class="warn"> {texts.lost}</span>}
      </p>
      <ul class="firings plain" aria-label={texts.firings}>
        {firings.map((firing) => (
          <FiringCard key={`${firing.id}.${firing.decision}`} firing={firing} />
        ))}
      </ul>
    </>
  );
}
