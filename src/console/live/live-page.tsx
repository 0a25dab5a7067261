import { useEffect, useState } from 'preact/hooks';
import type { TesseraClient } from '../../sdk/client/client.ts';
import './live.css';
import { Card } from '../parts/card.tsx';
import { Failure } from '../parts/loaded-view.tsx';
import { toApiError } from '../parts/use-load.ts';
import { client } from '../session.ts';
import { formatNumber, words } from '../words/words.ts';
import { ChannelBars } from './channel-bars.tsx';
import { type EventFlow, openEventFlow } from './event-flow.ts';
import { Firings } from './firings.tsx';
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
        <p class="small quiet">{texts.counted}</p>
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
