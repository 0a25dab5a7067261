import { useState } from 'preact/hooks';
import type { Firing } from '../../sdk/client/client.ts';
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
        <strong>{trigger}</strong>
        <span class="small quiet">{formatClock(at)}</span>
      </div>
      <div>
        <span class={LOOKS[decision]}>{decisions[decision]}</span>
        {reason !== undefined && <span> · {reasonText(reason, live.reasons)}</span>}
        {channel !== '' && <span class="quiet"> · {channel}</span>}
        {until !== undefined && <span class="quiet"> · {live.until(formatClock(until))}</span>}
      </div>
      <What firing={firing} />
      <div class="small">
        {live.who}: <a href={addressOf('customer', [profile_id])}>{profile_id.slice(0, 13)}…</a>
        {event_id !== '' && (
          <span class="quiet">
            {' '}
            · {live.event} {event_id}
          </span>
        )}
      </div>
      <Why firing={firing} />
    </li>
  );
}

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
    coupon === undefined ? undefined : live.coupon(coupon),
    items.length === 0 ? undefined : live.items(items.join(', ')),
  ].filter((text) => text !== undefined);
  if (template === undefined && body === undefined && more.length === 0) return null;
  return (
    <div class="small">
      {title !== undefined ? <strong>{title}</strong> : template}
      {body !== undefined && <span> {body}</span>}
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
