import { useEffect, useState } from 'preact/hooks';
import type { Firing, TesseraClient } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { toApiError, useLoad } from '../parts/use-load.ts';
import { client } from '../session.ts';
import { formatNumber, words } from '../words/words.ts';
import { ChannelBars } from './channel-bars.tsx';
import { type EventFlow, openEventFlow } from './event-flow.ts';
import { FiringCard } from './firing-card.tsx';
import { type FiringFeed, openFiringFeed } from './firing-feed.ts';
import { RateChart } from './rate-chart.tsx';
import { StageTable } from './stage-table.tsx';

export function LivePage() {
  const connected = client.value;
  if (connected === undefined) return null;
  return (
    <>
      <h1>{words.value.live.title}</h1>
      <div class="grid">
        <FlowCards client={connected} />
        <Card title={words.value.live.stages}>
          <StageTable />
        </Card>
        <Firings client={connected} />
      </div>
    </>
  );
}

interface ClientProps {
  readonly client: TesseraClient;
}

function FlowCards({ client: engine }: ClientProps) {
  const texts = words.value.live;
  const [open, setOpen] = useState<EventFlow>();
  useEffect(() => {
    const flow = openEventFlow(engine);
    setOpen(flow);
    return () => flow.stop();
  }, [engine]);
  if (open === undefined) return null;
  if (open.failed.value !== undefined) return <Failure error={toApiError(open.failed.value)} />;
  const flow = open.flow.value;
  const state = open.connected.value ? texts.connected : texts.connecting;
  return (
    <>
      <Card title={texts.rate} side={<span class="small quiet">{state}</span>}>
        <p class="big">{formatNumber(flow.perSecond)}</p>
        <RateChart flow={flow} />
      </Card>
      <Card title={texts.byChannel}>
        {flow.channels.length === 0 ? (
          <p class="quiet">{texts.noEvents}</p>
        ) : (
          <ChannelBars channels={flow.channels} />
        )}
      </Card>
    </>
  );
}

const DECISIONS = ['fired', 'suppressed', 'deferred', 'held_out', 'revoked'] as const;

function Firings({ client: engine }: ClientProps) {
  const { live: texts, decisions, all } = words.value;
  const [trigger, setTrigger] = useState('');
  const [decision, setDecision] = useState<Firing['decision'] | ''>('');
  const [feed, setFeed] = useState<FiringFeed>();
  const triggers = useLoad(async () => await engine.definitions.list('triggers'), [engine]).loaded;
  useEffect(() => {
    const opened = openFiringFeed(engine, {
      ...(trigger === '' ? {} : { trigger }),
      ...(decision === '' ? {} : { decision }),
    });
    setFeed(opened);
    return () => opened.stop();
  }, [engine, trigger, decision]);
  const names = triggers.state === 'ready' ? triggers.value.map(({ name }) => name) : [];
  return (
    <Card title={texts.firings} wide>
      <div class="row">
        <label>
          {texts.filterTrigger}
          <select value={trigger} onChange={({ currentTarget }) => setTrigger(currentTarget.value)}>
            <option value="">{all}</option>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          {texts.filterDecision}
          <select
            value={decision}
            onChange={({ currentTarget: { value } }) =>
              setDecision(DECISIONS.find((each) => each === value) ?? '')
            }
          >
            <option value="">{all}</option>
            {DECISIONS.map((each) => (
              <option key={each} value={each}>
                {decisions[each]}
              </option>
            ))}
          </select>
        </label>
        {feed !== undefined && <PauseButton feed={feed} />}
      </div>
      {feed !== undefined && <FiringList feed={feed} />}
    </Card>
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

function FiringList({ feed: { items: firings, failed } }: { readonly feed: FiringFeed }) {
  const texts = words.value.live;
  if (failed.value !== undefined) return <Failure error={toApiError(failed.value)} />;
  if (firings.value.length === 0) return <p class="quiet">{texts.noFirings}</p>;
  return (
    <ul class="firings plain" aria-label={texts.firings}>
      {firings.value.map((firing) => (
        <FiringCard key={`${firing.id}.${firing.decision}`} firing={firing} />
      ))}
    </ul>
  );
}
