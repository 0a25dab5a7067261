import { isolated } from '../parts/data-text.ts';
import { formatNumber, formatPercent, words } from '../words/words.ts';
import { BarList } from './bar-list.tsx';
import { FiguresTable } from './figures-table.tsx';
import { FlowPicture } from './flow-picture.tsx';
import { HeatTable } from './heat-table.tsx';
import { Missing } from './missing.tsx';

interface ChannelWay {
  readonly research: string;
  readonly purchase: string;
  readonly orders: number;
  readonly share: number | null;
}

interface Purchases {
  readonly channel: string;
  readonly orders: number;
  readonly researched_elsewhere: number;
  readonly researched_elsewhere_rate: number | null;
}

export interface ChannelsAnswer {
  readonly currency: string;
  readonly purchases: readonly Purchases[];
  readonly ways: readonly ChannelWay[];
}

/** What the engine calls orders without any interest before them. */
const NOWHERE = 'none';

/** Who looks where and buys where. */
export function ChannelsView({ answer: { purchases, ways } }: { readonly answer: ChannelsAnswer }) {
  const texts = words.value.insight;
  if (purchases.length === 0) return <Missing name="channels" />;
  const named = ways.map((way) => ({
    ...way,
    research: way.research === NOWHERE ? texts.nowhere : way.research,
  }));
  return (
    <>
      <h3>{texts.flows}</h3>
      <FlowPicture
        ways={named.map(({ research, purchase, orders }) => ({
          from: research,
          to: purchase,
          count: orders,
        }))}
      />
      <WayTable ways={named} />
      <h3>{texts.elsewhere}</h3>
      <BarList
        label={texts.elsewhere}
        full={1}
        bars={purchases.map(({ channel, researched_elsewhere_rate: share }) => ({
          name: channel,
          value: share ?? 0,
          text: formatPercent(share ?? 0),
        }))}
      />
      <FiguresTable
        label={texts.elsewhere}
        rows={purchases}
        columns={[
          ['channel', 'text'],
          ['orders', 'count'],
          ['people', 'count'],
          ['net', 'money'],
          ['researched_elsewhere', 'count'],
          ['researched_elsewhere_rate', 'share'],
        ]}
      />
    </>
  );
}

function WayTable({ ways }: Pick<ChannelsAnswer, 'ways'>) {
  const texts = words.value.insight;
  const researched = [...new Set(ways.map(({ research }) => research))].sort();
  const purchased = [...new Set(ways.map(({ purchase }) => purchase))].sort();
  return (
    <HeatTable
      label={`${texts.looked} ↓ · ${texts.bought} →`}
      corner="↓ →"
      columns={purchased}
      rows={researched.map((research) => ({
        name: research,
        cells: purchased.map((purchase) => {
          const way = ways.find((each) => each.research === research && each.purchase === purchase);
          if (way === undefined) return undefined;
          const share = formatPercent(way.share ?? 0);
          const orders = formatNumber(way.orders);
          return {
            share: way.share ?? 0,
            text: `${orders} · ${share}`,
            said: `${isolated(research)} → ${isolated(purchase)}: ${orders}`,
          };
        }),
      }))}
    />
  );
}
