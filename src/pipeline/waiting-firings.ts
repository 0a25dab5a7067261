import type { Definitions } from '../definitions/definitions.ts';
import { type Rendering, renderMessage } from '../messages/render-message.ts';
import type { CouponOfFiring } from '../model/coupon.ts';
import type { FoldContext } from '../model/fold.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import type { ChosenItems, WantedItems } from '../model/recommendation.ts';
import type { DrawnMessage, ItemsRecord } from '../model/record.ts';
import type { Firing } from '../model/trigger.ts';
import { tellFiring, withPayload } from './tell-firing.ts';

/*
 * A firing whose message shows what the fold cannot know, a code of a coupon or items to recommend, is put aside until that
 * has come, each by a record of the log. With the last of them its message is rendered, from what held at the decision, and
 * everybody is told. What comes for a firing that does not wait for it changes nothing, so it may come twice.
 */

/** State entry `u/<firing>`. */
export interface WaitingFiring {
  readonly firing: Firing;
  /** What its message will be rendered from; absent where it has none. */
  readonly rendering?: Rendering;
  /** Absent while its coupon is still to come. */
  readonly drawn?: true;
  /** Items that are still to be chosen; absent where there are none to choose, or they are there. */
  readonly items?: ItemsToChoose;
}

export interface ItemsToChoose extends WantedItems {
  /** Where the completing event was. */
  readonly store?: string;
}

/** The firing as it is shown while it waits: which of its parts are on their way. */
export function putAside(waiting: WaitingFiring, context: FoldContext): Firing {
  const { firing, items } = waiting;
  context.view.put(keys.drawing(firing.id), waiting);
  if (items !== undefined) context.effect({ kind: 'items_wanted', firing: firing.id });
  return firing;
}

/** The payload while items are being chosen. */
export function choosing(payload: JsonObject, placement: string): JsonObject {
  return { data: withItems(payload, []), recommendation: { status: 'choosing', placement } };
}

/** The payload of a firing for which nothing can be chosen, or nothing was. */
export function chosenPayload(
  payload: JsonObject,
  { placement, id, strategy, items }: ChosenItems,
): JsonObject {
  return {
    data: withItems(payload, items),
    recommendation: {
      status: items.length === 0 ? 'none' : 'chosen',
      placement,
      ...(id === undefined ? {} : { id }),
      strategy,
    },
  };
}

function withItems({ data }: JsonObject, items: readonly JsonObject[]): JsonObject {
  return { ...(isJsonObject(data) ? data : {}), items };
}

/** The code for a firing has come, or there is none. */
export function completeDrawing(message: DrawnMessage, context: FoldContext, definitions: Definitions): void {
  const waiting = context.view.get<WaitingFiring>(keys.drawing(message.firing));
  if (waiting === undefined || waiting.drawn === true || isForgotten(waiting, context)) return;
  const coupon = couponOf(message);
  const scope = message.code === undefined ? {} : { coupon };
  goOn({ ...waiting, drawn: true }, { payload: { coupon }, scope }, { context, definitions });
  context.effect({ kind: 'counter', name: `coupons_${coupon.status}`, value: 1 });
}

/** Items were chosen for a firing, or there are none. */
export function completeItems(record: ItemsRecord, context: FoldContext, definitions: Definitions): void {
  const found = context.view.get<WaitingFiring>(keys.drawing(record.firing));
  if (found?.items === undefined || isForgotten(found, context)) return;
  const { items: _chosen, ...waiting } = found;
  const { chosen } = record;
  const { items } = chosen;
  const payload = chosenPayload(waiting.firing.payload, chosen);
  const data = waiting.rendering?.scope.data;
  const scope = { items, data: { ...(isJsonObject(data) ? data : {}), items } };
  goOn(waiting, { payload, scope }, { context, definitions });
  context.effect({ kind: 'counter', name: `firings_with_items`, value: items.length > 0 ? 1 : 0 });
}

/** Whoever it was for has been erased meanwhile: nobody is told, and it waits no more. */
function isForgotten({ firing }: WaitingFiring, { view }: FoldContext): boolean {
  const gone = view.get<Header>(keys.header(firing.profile_id))?.erased !== undefined;
  if (gone) view.remove(keys.drawing(firing.id));
  return gone;
}

interface Arrived {
  /** What it adds to the payload. */
  readonly payload: JsonObject;
  /** What it adds to what the message is rendered from. */
  readonly scope: JsonObject;
}

interface Surroundings {
  readonly context: FoldContext;
  readonly definitions: Definitions;
}

/** Either something is still to come, or the firing can be told of. */
function goOn(waiting: WaitingFiring, { payload, scope }: Arrived, surroundings: Surroundings): void {
  const { context } = surroundings;
  const { firing, rendering } = waiting;
  // In the fused form this very object is on its way to whoever waits for the event: they are to see what has come too.
  Object.assign(firing.payload, payload);
  const more = rendering && { rendering: { ...rendering, scope: { ...rendering.scope, ...scope } } };
  const next: WaitingFiring = { ...waiting, ...more };
  if (next.items !== undefined || next.drawn !== true) context.view.put(keys.drawing(firing.id), next);
  else finish(next, surroundings);
}

function finish({ firing, rendering }: WaitingFiring, { context, definitions }: Surroundings): void {
  context.view.remove(keys.drawing(firing.id));
  const { templates, actionOf } = definitions.outgoing;
  const template = templates.byName.get(actionOf(firing.trigger)?.template ?? '');
  const message = template && rendering && renderMessage(templates, template, rendering);
  const payload: JsonObject = message === undefined ? {} : { message };
  Object.assign(firing.payload, payload);
  // A copy: the object that was put aside may still be read by others.
  tellFiring(withPayload(firing, payload), { context, definitions });
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
