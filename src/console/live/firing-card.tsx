import { useState } from 'preact/hooks';
import type { Firing } from '../../sdk/client/client.ts';
import { Data, orData } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { addressOf } from '../router.ts';
import { formatClock, words } from '../words/words.ts';
import { FiringTrace } from './firing-trace.tsx';
import { readPayload } from './read-payload.ts';
import { reasonText } from './reason-text.ts';

/** One decision: what, for whom, why, through which channel. */
export function FiringCard({ firing }: { readonly firing: Firing }) {
  const { decisions, live } = words.value;
  const { trigger, decision, reason, until, profile_id, channel, at, event_id } = firing;
  return (
    <li class={`firing ${decision}`}>
      <div class="row spread">
        <strong>
          <Data value={trigger} />
        </strong>
        <span class="small quiet">{formatClock(at)}</span>
      </div>
      <div>
        <span class={LOOKS[decision]}>{decisions[decision]}</span>
        {reason !== undefined && <span> · {reasonText(reason, live.reasons)}</span>}
        {channel !== '' && (
          <span class="quiet"> · {channel === NO_CHANNEL ? live.noChannel : <Data value={channel} />}</span>
        )}
        {until !== undefined && <span class="quiet"> · {live.until(formatClock(until))}</span>}
      </div>
      <What firing={firing} />
      <div class="small">
        {live.who}: <a href={addressOf('customer', [profile_id])}>{profile_id.slice(0, 13)}…</a>
        {event_id !== '' && (
          <span class="quiet">
            {' '}
            · {live.event} <Data value={event_id} />
          </span>
        )}
      </div>
      <Why firing={firing} />
    </li>
  );
}

/** As definitions call it: what fires is told on the stream and to webhooks, and sent to nobody. */
const NO_CHANNEL = 'none';

const LOOKS = {
  fired: 'good',
  suppressed: 'warn',
  deferred: 'info',
  held_out: 'info',
  revoked: 'bad',
} as const;

function What({ firing: { payload } }: { readonly firing: Firing }) {
  const { live } = words.value;
  const { template, title, body, coupon, items } = readPayload(payload);
  const more = [
    coupon === undefined ? undefined : live.coupon(isolated(coupon)),
    items.length === 0 ? undefined : live.items(items.map(isolated).join(', ')),
  ].filter((text) => text !== undefined);
  if (template === undefined && body === undefined && more.length === 0) return null;
  return (
    <div class="small">
      {title !== undefined ? (
        <strong>
          <Data value={title} />
        </strong>
      ) : (
        orData(template)
      )}
      {body !== undefined && (
        <>
          {' '}
          <Data value={body} />
        </>
      )}
      {more.length > 0 && <span class="quiet"> · {more.join(' · ')}</span>}
    </div>
  );
}

/** Written only once somebody asks for it: dozens of cards come and go each second. */
function Why({ firing: { trace } }: { readonly firing: Firing }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="small" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{words.value.live.why}</summary>
      {open && <FiringTrace trace={trace} />}
    </details>
  );
}
