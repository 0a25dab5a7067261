import type { ProfileLookup } from '../conditions/condition.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { type CompiledPool, expiryOf, poolFor } from '../messages/compile-pools.ts';
import { queueDelivery } from '../messages/deliveries.ts';
import { localeOf, messageScope } from '../messages/message-scope.ts';
import { endpointsFor } from '../messages/outgoing.ts';
import { type Rendering, renderMessage } from '../messages/render-message.ts';
import type { CouponOfFiring } from '../model/coupon.ts';
import { ENGINE_SOURCE, type Event } from '../model/event.ts';
import { isClosedFacet } from '../model/facet-id.ts';
import type { FoldContext } from '../model/fold.ts';
import { decisionRow } from '../model/history-rows.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import type { DrawnMessage } from '../model/record.ts';
import type { Firing } from '../model/trigger.ts';

/*
 * What becomes of decisions: the message is rendered, a coupon drawn, webhooks and everybody who listens are told, and history
 * keeps a row. All of it is data of the same commit as the decision. A firing whose coupon is still to come is told of once
 * its code is there, which identity gives: in the fused form that is the same record.
 */

export interface Decided {
  readonly header: Header;
  /** The completing event; absent where time or the catalog made the decision. */
  readonly event?: Event | undefined;
  /** The profile at the moment of the decision. */
  readonly lookup: Pick<ProfileLookup, 'feature' | 'trait' | 'loyalty'>;
}

/** State entry `u/<firing>`: a firing whose coupon is on its way, and what its message will be rendered from. */
interface Drawing {
  readonly firing: Firing;
  readonly rendering?: Rendering;
}

export interface Shell {
  readonly context: FoldContext;
  readonly definitions: Pick<Definitions, 'outgoing'>;
}

/** The decisions as they go out, in the same order. */
export function sendFirings(firings: readonly Firing[], decided: Decided, shell: Shell): readonly Firing[] {
  return firings.map((firing) =>
    firing.decision === 'fired' ? sendFired(firing, decided, shell) : tell(firing, shell),
  );
}

function sendFired(firing: Firing, decided: Decided, shell: Shell): Firing {
  const { templates, pools, actionOf } = shell.definitions.outgoing;
  const action = actionOf(firing.trigger);
  const template = templates.byName.get(action?.template ?? '');
  const rendering = template && {
    scope: messageScope(template.uses, { firing, ...decided }),
    locale: localeOf(decided.lookup),
  };
  const named = action?.coupon?.pool;
  const pool = named === undefined ? undefined : poolFor(pools, named, decided.lookup);
  if (pool !== undefined) return drawFrom(pool, { firing, decided, rendering }, shell);
  const message = template && rendering && renderMessage(templates, template, rendering);
  return tell(message === undefined ? firing : withPayload(firing, { message }), shell);
}

interface Wanting {
  readonly firing: Firing;
  readonly decided: Decided;
  readonly rendering: Rendering | undefined;
}

/** Asks identity for a code, and puts the firing aside until it is there. */
function drawFrom(pool: CompiledPool, { firing, decided, rendering }: Wanting, { context }: Shell): Firing {
  const { name } = pool.definition;
  const drawing = withPayload(firing, { coupon: { status: 'drawing', pool: name } });
  const waiting: Drawing = { firing: drawing, ...(rendering && { rendering }) };
  context.view.put(keys.drawing(firing.id), waiting);
  context.toIdentity({
    type: 'draw',
    firing: firing.id,
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

function withPayload(firing: Firing, more: JsonObject): Firing {
  return { ...firing, payload: { ...firing.payload, ...more } };
}

function tell(firing: Firing, { context, definitions: { outgoing } }: Shell): Firing {
  for (const webhook of endpointsFor(outgoing, firing)) queueDelivery(firing, webhook, context);
  context.effect({ kind: 'firing', firing });
  context.history(decisionRow(firing, context.cause()));
  return firing;
}

/** The code for a firing has come, or there is none: now it can be told of. */
export function completeDrawing(message: DrawnMessage, context: FoldContext, definitions: Definitions): void {
  const key = keys.drawing(message.firing);
  const waiting = context.view.get<Drawing>(key);
  if (waiting === undefined) return;
  context.view.remove(key);
  const { templates, actionOf } = definitions.outgoing;
  const { firing, rendering } = waiting;
  const coupon = couponOf(message);
  const template = templates.byName.get(actionOf(firing.trigger)?.template ?? '');
  const known = message.code === undefined ? {} : { coupon };
  const text =
    template &&
    rendering &&
    renderMessage(templates, template, { ...rendering, scope: { ...rendering.scope, ...known } });
  const payload = { coupon, ...(text && { message: text }) };
  // In the fused form this very object is on its way to whoever waits for the event: they are to see the code too.
  Object.assign(firing.payload, payload);
  tell(withPayload(firing, payload), { context, definitions });
  context.effect({ kind: 'counter', name: `coupons_${coupon.status}`, value: 1 });
}

function couponOf({ pool, code, expires }: DrawnMessage): CouponOfFiring {
  if (code === undefined) return { status: 'none_left', pool };
  return {
    status: 'drawn',
    pool,
    code,
    ...(expires === 0 ? {} : { expires_at: new Date(expires).toISOString() }),
  };
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
