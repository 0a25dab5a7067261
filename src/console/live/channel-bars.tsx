import { Data } from '../parts/data.tsx';
import { formatNumber, words } from '../words/words.ts';
import { type Flow, STATUSES } from './event-flow.ts';

const COLORS = {
  applied: 'var(--bar)',
  duplicate: 'var(--info)',
  quarantined: 'var(--warn)',
  refused: 'var(--bad)',
  rejected: 'var(--quiet)',
};

/** Who sends how much right now, and what becomes of it. */
export function ChannelBars({ channels }: Pick<Flow, 'channels'>) {
  const { outcomes, byChannel } = words.value.live;
  const most = Math.max(1, ...channels.map(({ total }) => total));
  return (
    <>
      <ul class="bars plain" aria-label={byChannel}>
        {channels.map(({ channel, counts, total }) => (
          <li key={channel}>
            <span>{channel === '' ? '–' : <Data value={channel} />}</span>
            <span class="track" aria-hidden="true">
              {STATUSES.map((status) => (
                <i
                  key={status}
                  style={{ width: `${(100 * counts[status]) / most}%`, background: COLORS[status] }}
                />
              ))}
            </span>
            <span class="number">{formatNumber(total)}</span>
          </li>
        ))}
      </ul>
      <p class="small quiet">
        {STATUSES.map((status) => (
          <span key={status} class="key">
            <i style={{ background: COLORS[status] }} aria-hidden="true" /> {outcomes[status]}
          </span>
        ))}
      </p>
    </>
  );
}
