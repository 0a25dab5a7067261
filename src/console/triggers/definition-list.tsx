import { now } from '../page-clock.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { ask, currentClient, may } from '../session.ts';
import { formatMoment, formatNumber, formatPercent, words } from '../words/words.ts';
import { NEW } from './draft.ts';
import type { Kind } from './triggers-page.tsx';

const DAYS = 30;

interface Listed {
  readonly name: string;
  readonly description?: string;
  readonly author?: string;
  readonly since?: number;
  readonly purpose?: string;
  readonly members?: number;
  readonly figures?: CampaignFigures;
}

/** A row of the campaign report. */
interface CampaignFigures {
  readonly campaign: string;
  readonly fired: number;
  readonly delivered: number;
  readonly ordered: number;
  readonly revenue: string;
  readonly lift: number | null;
}

interface CampaignReport {
  readonly campaigns: readonly (CampaignFigures & { readonly kind: string })[];
}

/** What is in force, with what came of it. */
export function DefinitionList({ kind }: { readonly kind: Kind }) {
  const texts = words.value.define;
  const found = useLoad(async (signal) => await readList(kind, signal), [kind]);
  return (
    <Card
      title={texts.kinds[kind]}
      side={may('define') && <a href={addressOf('triggers', [kind, NEW])}>{texts.new}</a>}
    >
      {kind === 'triggers' && <p class="small quiet">{texts.figures(DAYS)}</p>}
      <LoadedView of={found}>
        {(rows) => (
          <Table label={texts.kinds[kind]} rows={rows} keyOf={({ name }) => name} columns={columnsOf(kind)} />
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

function columnsOf(kind: Kind): readonly Column<Listed>[] {
  const texts = words.value.define;
  const figure = (title: string, read: (figures: CampaignFigures) => string): Column<Listed> => ({
    title,
    number: true,
    cell: ({ figures }) => (figures === undefined ? '–' : read(figures)),
  });
  const name: Column<Listed> = {
    title: texts.name,
    cell: (row) => <a href={addressOf('triggers', [kind, row.name])}>{row.name}</a>,
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
    { title: texts.purpose, cell: ({ purpose }) => purpose ?? '' },
    figure(texts.fired, ({ fired }) => formatNumber(fired)),
    figure(texts.delivered, ({ delivered }) => formatNumber(delivered)),
    figure(texts.ordered, ({ ordered }) => formatNumber(ordered)),
    figure(texts.revenue, ({ revenue }) => revenue),
    figure(texts.lift, ({ lift }) => (lift === null ? '–' : formatPercent(lift))),
  ];
}
