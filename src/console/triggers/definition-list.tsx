import { useState } from 'preact/hooks';
import { now } from '../page-clock.ts';
import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { ask, currentClient, may } from '../session.ts';
import type { Words } from '../words/en.ts';
import { formatMoment, formatNumber, formatPercent, words } from '../words/words.ts';
import { NEW } from './draft.ts';
import { SwitchButton } from './switch-button.tsx';
import type { Kind } from './triggers-page.tsx';

const DAYS = 30;

interface Listed {
  readonly name: string;
  readonly description?: string;
  readonly author?: string;
  readonly since?: number;
  readonly purpose?: keyof Words['define']['purposes'];
  readonly members?: number;
  readonly enabled?: boolean;
  readonly figures?: CampaignFigures;
}

/** A row of the campaign report. */
interface CampaignFigures {
  readonly campaign: string;
  readonly fired: number;
  readonly suppressed: number;
  readonly delivered: number;
  readonly ordered: number;
  readonly order_rate: number | null;
  readonly revenue: string;
  readonly lift: number | null;
  readonly lift_low: number | null;
  readonly lift_high: number | null;
}

interface CampaignReport {
  readonly campaigns: readonly (CampaignFigures & { readonly kind: string })[];
}

/** What is in force, with what came of it. */
export function DefinitionList({ kind }: { readonly kind: Kind }) {
  const texts = words.value.define;
  const found = useLoad(async (signal) => await readList(kind, signal), [kind]);
  // What was switched here since it was read: reading all of it again would take the focus away.
  const [switched, setSwitched] = useState<Readonly<Record<string, boolean>>>({});
  return (
    <Card
      title={texts.kinds[kind]}
      side={may('define') && <a href={addressOf('triggers', [kind, NEW])}>{texts.new}</a>}
    >
      {kind === 'triggers' && <p class="small quiet">{texts.figures(DAYS)}</p>}
      <LoadedView of={found}>
        {(rows) => (
          <Table
            label={texts.kinds[kind]}
            rows={rows}
            keyOf={({ name }) => name}
            columns={columnsOf(kind, {
              isOn: ({ name, enabled }) => switched[name] ?? enabled !== false,
              turn: (name, on) => setSwitched((before) => ({ ...before, [name]: on })),
            })}
          />
        )}
      </LoadedView>
    </Card>
  );
}

async function readList(kind: Kind, signal: AbortSignal): Promise<readonly Listed[]> {
  if (kind === 'segments') {
    return (await ask<{ readonly segments: readonly Listed[] }>('GET /v1/segments', { signal })).segments;
  }
  const listed = (await currentClient().definitions.list(kind, { signal })) as readonly Listed[];
  if (kind === 'features') return listed;
  const from = new Date(now() - DAYS * 86_400_000).toISOString();
  const { campaigns } = await ask<CampaignReport>('GET /v1/analytics/campaigns', { query: { from }, signal });
  const figures = new Map(
    campaigns.filter((row) => row.kind === 'trigger').map((row) => [row.campaign, row]),
  );
  return listed.map((each) => {
    const found = figures.get(each.name);
    return found === undefined ? each : { ...each, figures: found };
  });
}

interface Switches {
  readonly isOn: (row: Listed) => boolean;
  readonly turn: (name: string, on: boolean) => void;
}

function columnsOf(kind: Kind, { isOn, turn }: Switches): readonly Column<Listed>[] {
  const texts = words.value.define;
  const figure = (title: string, read: (figures: CampaignFigures) => string): Column<Listed> => ({
    title,
    number: true,
    cell: ({ figures }) => (figures === undefined ? '–' : read(figures)),
  });
  const name: Column<Listed> = {
    title: texts.name,
    cell: (row) => (
      <a href={addressOf('triggers', [kind, row.name])}>
        <Data value={row.name} />
      </a>
    ),
  };
  const description: Column<Listed> = { title: texts.description, cell: (row) => row.description ?? '' };
  const since: Column<Listed> = {
    title: texts.since,
    cell: (row) => (row.since === undefined ? '–' : formatMoment(row.since)),
  };
  if (kind === 'features') return [name, description, since];
  if (kind === 'segments') {
    const members: Column<Listed> = {
      title: texts.members,
      number: true,
      cell: (row) => formatNumber(row.members ?? 0),
    };
    return [name, description, members, since];
  }
  return [
    name,
    description,
    {
      title: texts.state,
      cell: (row) => (
        <>
          <span class={isOn(row) ? 'good' : 'warn'}>{isOn(row) ? texts.on : texts.off}</span>{' '}
          {may('define') && (
            <SwitchButton name={row.name} on={isOn(row)} switched={(on) => turn(row.name, on)} />
          )}
        </>
      ),
    },
    { title: texts.purpose, cell: ({ purpose }) => texts.purposes[purpose ?? 'marketing'] },
    figure(texts.fired, ({ fired }) => formatNumber(fired)),
    figure(texts.suppressed, ({ suppressed }) => formatNumber(suppressed)),
    figure(texts.delivered, ({ delivered }) => formatNumber(delivered)),
    figure(texts.ordered, ({ ordered }) => formatNumber(ordered)),
    figure(texts.conversion, ({ order_rate }) => (order_rate === null ? '–' : formatPercent(order_rate))),
    figure(texts.revenue, ({ revenue }) => revenue),
    figure(texts.lift, showLift),
  ];
}

/** Where the interval holds 0, nothing is shown yet, and saying so is part of the figure. */
function showLift({ lift, lift_low: low, lift_high: high }: CampaignFigures): string {
  if (lift === null) return '–';
  const between = low === null || high === null ? '' : ` (${formatPercent(low)} … ${formatPercent(high)})`;
  return `${formatPercent(lift)}${between}`;
}
