import type { ProfileLookup } from '../conditions/condition.ts';
import { type CompiledPool, expiryOf, poolFor } from '../messages/compile-pools.ts';
import { localeOf, messageScope } from '../messages/message-scope.ts';
import { type Rendering, renderMessage } from '../messages/render-message.ts';
import { wantedItems } from '../messages/wanted-items.ts';
import { ENGINE_SOURCE, type Event } from '../model/event.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import type { Header } from '../model/profile.ts';
import type { WantedItems } from '../model/recommendation.ts';
import type { DrawnMessage } from '../model/record.ts';
import type { Firing } from '../model/trigger.ts';
import { type FiringShell, tellFiring, withPayload } from './tell-firing.ts';
import { choosing, chosenPayload, putAside, type WaitingFiring } from './waiting-firings.ts';

/*
 * What becomes of decisions: the message is rendered, a coupon drawn, items asked for, webhooks and everybody who listens are
 * told, and history keeps a row. All of it is data of the same commit as the decision. A firing whose coupon or items are
 * still to come is told of once they are there; the code comes from identity, in the fused form in the same record.
 */

export interface Decided {
  readonly header: Header;
  /** The completing event; absent where time or the catalog made the decision. */
  readonly event?: Event | undefined;
  /** The profile at the moment of the decision. */
  readonly lookup: Pick<ProfileLookup, 'feature' | 'trait' | 'loyalty'>;
}

/** The decisions as they go out, in the same order. */
export function sendFirings(
  firings: readonly Firing[],
  decided: Decided,
  shell: FiringShell,
): readonly Firing[] {
  return firings.map((firing) =>
    firing.decision === 'fired' ? sendFired(firing, decided, shell) : tellFiring(firing, shell),
  );
}

function sendFired(decision: Firing, decided: Decided, shell: FiringShell): Firing {
  const { templates, pools, placements, actionOf } = shell.definitions.outgoing;
  const action = actionOf(decision.trigger);
  const wanted = action && wantedItems(action);
  const items = wanted !== undefined && placements.has(wanted.placement) ? wanted : undefined;
  const firing = wanted === undefined ? decision : withItems(decision, wanted, items !== undefined);
  const template = templates.byName.get(action?.template ?? '');
  const rendering = template && {
    scope: messageScope(template.uses, { firing, ...decided }),
    locale: localeOf(decided.lookup),
  };
  const named = action?.coupon?.pool;
  const pool = named === undefined ? undefined : poolFor(pools, named, decided.lookup);
  if (pool !== undefined) return drawFrom(pool, { firing, decided, rendering, items }, shell);
  if (items !== undefined)
    return waitFor({ firing, decided, rendering, items }, { drawn: true }, shell.context);
  const message = template && rendering && renderMessage(templates, template, rendering);
  return tellFiring(message === undefined ? firing : withPayload(firing, { message }), shell);
}

/** Where the placement is not there any more, nothing is chosen. */
function withItems(firing: Firing, { placement }: WantedItems, known: boolean): Firing {
  const { payload } = firing;
  if (known) return withPayload(firing, choosing(payload, placement));
  return withPayload(firing, chosenPayload(payload, { placement, strategy: 'none', items: [] }));
}

interface Wanting {
  readonly firing: Firing;
  readonly decided: Decided;
  readonly rendering: Rendering | undefined;
  readonly items: WantedItems | undefined;
}

function waitFor(
  { firing, decided: { event }, rendering, items }: Wanting,
  drawn: Pick<WaitingFiring, 'drawn'>,
  context: FoldContext,
): Firing {
  const store = event?.context?.store;
  const here = typeof store === 'string' ? { store } : {};
  return putAside(
    { firing, ...(rendering && { rendering }), ...drawn, ...(items && { items: { ...items, ...here } }) },
    context,
  );
}

/** Asks identity for a code, and puts the firing aside until it is there. */
function drawFrom(pool: CompiledPool, wanting: Wanting, { context }: FiringShell): Firing {
  const { name } = pool.definition;
  const { decided } = wanting;
  const drawing = withPayload(wanting.firing, { coupon: { status: 'drawing', pool: name } });
  waitFor({ ...wanting, firing: drawing }, {}, context);
  context.toIdentity({
    type: 'draw',
    firing: drawing.id,
    pool: name,
    profile: decided.header.id,
    facet: facetFor(decided),
    expires: expiryOf(pool, context.now),
  });
  return drawing;
}

/** The coupon belongs with the event that brought it about, or else with one of the profile's facets. */
function facetFor({ header, event }: Decided): string {
  return event?.facet ?? header.facets.find((id) => !isClosedFacet(id)) ?? header.facets[0] ?? '';
}

/** That the profile holds the coupon is an event of the engine's own, and so part of its history; undefined where none was left. */
export function issuedCoupon(
  { firing, pool, facet, code, expires }: DrawnMessage,
  now: number,
): Event | undefined {
  if (code === undefined || facet === '') return undefined;
  return {
    id: `coupon-${firing}`,
    type: 'coupon_issued',
    time: now,
    receivedAt: now,
    source: ENGINE_SOURCE,
    channel: 'engine',
    claims: [],
    facet,
    drawn: true,
    properties: {
      coupon_id: code,
      pool,
      firing_id: firing,
      ...(expires === 0 ? {} : { expires_at: new Date(expires).toISOString() }),
    },
  };
}
