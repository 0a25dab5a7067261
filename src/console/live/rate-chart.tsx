import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { shownTheme } from '../preferences.ts';
import { formatClock, formatNumber, words } from '../words/words.ts';
import { type Flow, STATUSES } from './event-flow.ts';

const HEIGHT = 180;
/** By outcome, as the sheet names colors. */
const COLORS = {
  applied: '--bar',
  duplicate: '--info',
  quarantined: '--warn',
  refused: '--bad',
  rejected: '--quiet',
} as const;

/** Events per second by outcome, over two minutes. Who does not see it hears the newest figure. */
export function RateChart({ flow }: { readonly flow: Flow }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const chosen = shownTheme.value;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    plot.current = makePlot(element, dataOf(flow));
    const watcher = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.current?.destroy();
    };
    // Colors are read when it is made.
  }, [chosen]);
  useEffect(() => plot.current?.setData(dataOf(flow)), [flow]);
  return <div ref={place} role="img" aria-label={words.value.live.chart(formatNumber(flow.perSecond))} />;
}

function dataOf({ seconds, series }: Flow): uPlot.AlignedData {
  return [[...seconds], ...STATUSES.map((status) => [...series[status]])];
}

function makePlot(element: HTMLElement, data: uPlot.AlignedData): uPlot {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      axes: [
        { ...axis, space: 90, values: (_plot, ticks) => ticks.map((second) => formatClock(second * 1000)) },
        { ...axis, size: 60 },
      ],
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(5, high * 1.1)] } },
      series: [
        {},
        ...STATUSES.map((status) => ({
          stroke: color(COLORS[status]),
          width: status === 'applied' ? 2 : 1.5,
          points: { show: false },
          ...(status === 'applied' ? { fill: `${color(COLORS[status])}22` } : {}),
        })),
      ],
    },
    data,
    element,
  );
}
