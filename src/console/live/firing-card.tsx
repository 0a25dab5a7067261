import type { Firing } from '../../sdk/client/client.ts';
import { addressOf } from '../router.ts';
import { formatClock, words } from '../words/words.ts';

/** One decision: what, for whom, why, through which channel. */
export function FiringCard({ firing }: { readonly firing: Firing }) {
  const { decisions, live } = words.value;
  const { trigger, decision, reason, profile_id, channel, at, payload, trace } = firing;
  return (
    <li class={`firing ${decision}`}>
      <div class="row spread">
        <strong>{trigger}</strong>
        <span class="small quiet">{formatClock(at)}</span>
      </div>
      <div>
        {decisions[decision]}
        {reason !== undefined && <span class="quiet"> · {reason}</span>}
        {channel !== '' && <span class="quiet"> · {channel}</span>}
      </div>
      <div class="small">
        {live.who}: <a href={addressOf('customer', [profile_id])}>{profile_id.slice(0, 13)}…</a>
      </div>
      <details class="small">
        <summary>{live.why}</summary>
        <pre>{JSON.stringify({ payload, trace }, null, 2)}</pre>
      </details>
    </li>
  );
}
