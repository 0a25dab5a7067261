import { formatNumber, formatPercent, words } from '../words/words.ts';
import { BarList } from './bar-list.tsx';
import { FiguresTable } from './figures-table.tsx';
import { type Lift, LiftChart } from './lift-chart.tsx';
import { Missing } from './missing.tsx';

interface Campaign {
  readonly kind: 'trigger' | 'campaign';
  readonly campaign: string;
  readonly people: number;
  readonly ordered: number;
  readonly order_rate: number | null;
  readonly lift: number | null;
  readonly lift_low: number | null;
  readonly lift_high: number | null;
}

export interface CampaignsAnswer {
  readonly currency: string;
  readonly campaigns: readonly Campaign[];
}

/** What messages bring: who ordered afterwards, and how many more than of those who were held out. */
export function CampaignsView({ answer: { campaigns } }: { readonly answer: CampaignsAnswer }) {
  const texts = words.value.insight;
  if (campaigns.length === 0) return <Missing name="campaigns" />;
  return (
    <>
      <h3>{texts.columns.order_rate}</h3>
      <BarList
        label={texts.columns.order_rate}
        bars={campaigns.map(({ campaign, people, ordered, order_rate }) => ({
          name: campaign,
          value: order_rate ?? 0,
          text: (
            <>
              {formatPercent(order_rate ?? 0)}
              <span class="quiet small">
                {' '}
                · {formatNumber(ordered)} / {formatNumber(people)}
              </span>
            </>
          ),
        }))}
      />
      <h3>{texts.liftOf}</h3>
      <LiftChart lifts={campaigns.filter(hasLift)} />
      <FiguresTable
        label={texts.reports.campaigns}
        rows={campaigns}
        columns={[
          ['campaign', 'text'],
          ['fired', 'count'],
          ['sent', 'count'],
          ['delivered', 'count'],
          ['opened', 'count'],
          ['clicked', 'count'],
          ['people', 'count'],
          ['ordered', 'count'],
          ['order_rate', 'share'],
          ['revenue', 'money'],
          ['held_out', 'count'],
          ['lift', 'share'],
        ]}
      />
    </>
  );
}

function hasLift(campaign: Campaign): campaign is Campaign & Lift {
  return campaign.lift !== null && campaign.lift_low !== null && campaign.lift_high !== null;
}
