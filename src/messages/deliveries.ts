import { limits } from '../limits.ts';
import { type DeliveryChange, deliveryRow } from '../model/delivery-row.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { DeliverMessage, DeliveryRecord } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { Firing } from '../model/trigger.ts';
import type { StateView } from '../model/view.ts';
import type { DeadLetter, Delivery, DeliveryFailure, Endpoint, SendResult } from '../model/webhook.ts';
import type { CompiledWebhook, Outgoing } from './outgoing.ts';
import { breakerPause, retryDelay } from './retry-schedule.ts';

/*
 * What is to be brought to webhooks lies in the partition's state, put there by the commit of the decision itself. A worker
 * sends what is due and appends what came of it; only the fold of that record changes what lies here. So nothing is lost
 * between the two, whenever a process ends; an endpoint may hear of a decision twice then, under one id.
 */

/** A decision of one id may be told of more than once: what was fired can be revoked later. */
function messageId({ id, decision }: Firing): string {
  return decision === 'fired' ? id : `${id}.${decision}`;
}

/** Endpoints that are in force, so that a decision finds them loaded. */
export function outgoingNeeds(view: StateView, { webhooks }: Pick<Outgoing, 'webhooks'>): readonly string[] {
  if (webhooks.size === 0) return NOTHING;
  return [...webhooks.keys()].map(keys.endpoint).filter((key) => !view.has(key));
}

const NOTHING: readonly string[] = [];

/** Has the decision brought to the endpoint; where that is not at hand, by a message to this very partition. */
export function queueDelivery(firing: Firing, webhook: CompiledWebhook, context: FoldContext): void {
  const { name } = webhook.definition;
  const { view } = context;
  const endpoint = view.get<Endpoint>(keys.endpoint(name));
  if (!view.has(keys.endpoint(name)) || (endpoint !== undefined && isFull(endpoint)))
    context.toProfile(firing.profile_id, { type: 'deliver', webhook: name, firing });
  else put(newDelivery(firing, name, context.now), endpointOf(endpoint, webhook.version), context);
}

export function deliverNeeds({ webhook }: DeliverMessage, view: StateView): string[] {
  return endpointNeeds(webhook, view);
}

export function foldDeliver(
  { webhook: name, firing }: DeliverMessage,
  context: FoldContext,
  outgoing: Outgoing,
): void {
  const webhook = outgoing.webhooks.get(name);
  if (webhook === undefined) return;
  const known = context.view.get<Endpoint>(keys.endpoint(name));
  const endpoint = endpointOf(known, webhook.version);
  const delivery = newDelivery(firing, name, context.now);
  if (isFull(endpoint)) bury(delivery, endpoint, { context, result: failed('full') });
  else put(delivery, endpoint, context);
}

function newDelivery(firing: Firing, webhook: string, now: EpochMs): Delivery {
  return { id: messageId(firing), webhook, firing, since: now, due: now, attempts: 0 };
}

function endpointNeeds(webhook: string, view: StateView): string[] {
  const key = keys.endpoint(webhook);
  if (!view.has(key)) return [key];
  const endpoint = view.get<Endpoint>(key);
  // Too many dead letters: the oldest gives way, if it is still there.
  if (endpoint === undefined || endpoint.nextDead - endpoint.firstDead < limits.deadLettersMax) return [];
  const oldest = keys.deadLetter(webhook, endpoint.firstDead);
  return view.has(oldest) ? [] : [oldest];
}

export function deliveryNeeds({ webhook, step }: DeliveryRecord, view: StateView): string[] {
  const own =
    step.type === 'sent'
      ? [keys.delivery(webhook, step.due, step.id)]
      : step.numbers.map((n) => keys.deadLetter(webhook, n));
  return [...own.filter((key) => !view.has(key)), ...endpointNeeds(webhook, view)];
}

/** What came of an attempt changes what lies here; what was dealt with before changes nothing. */
export function foldDelivery(
  { webhook, step }: DeliveryRecord,
  context: FoldContext,
  outgoing: Outgoing,
): void {
  const { view } = context;
  const version = outgoing.webhooks.get(webhook)?.version ?? '';
  const endpoint = endpointOf(view.get<Endpoint>(keys.endpoint(webhook)), version);
  if (step.type === 'replay') {
    replay(webhook, step.numbers, { context, endpoint });
    return;
  }
  const key = keys.delivery(webhook, step.due, step.id);
  const delivery = view.get<Delivery>(key);
  if (delivery === undefined) return;
  view.remove(key);
  const left = { ...endpoint, waiting: Math.max(0, endpoint.waiting - 1) };
  const tried = { ...delivery, attempts: delivery.attempts + 1 };
  if (step.result.outcome === 'delivered') settle(tried, left, { context, result: step.result });
  else retryOrBury(tried, left, { context, result: step.result });
}

interface Settling<Result = SendResult> {
  readonly context: FoldContext;
  readonly result: Result;
}

type Failed = Extract<SendResult, { outcome: 'failed' }>;

function failed(failure: DeliveryFailure): Failed {
  return { outcome: 'failed', failure, status: 0 };
}

function settle(delivery: Delivery, endpoint: Endpoint, { context, result }: Settling): void {
  const { now } = context;
  putEndpoint(
    delivery.webhook,
    {
      ...endpoint,
      delivered: endpoint.delivered + 1,
      failures: 0,
      openUntil: 0,
      last: { at: now, status: result.status },
    },
    context,
  );
  tell(delivery, { change: 'delivered', result }, context);
}

/** Failures of the endpoint, which a later attempt may not have. */
const TEMPORARY: ReadonlySet<DeliveryFailure> = new Set<DeliveryFailure>([
  'status',
  'redirect',
  'timeout',
  'connection',
  'internal',
  'name',
  'address',
]);

function retryOrBury(delivery: Delivery, endpoint: Endpoint, { context, result }: Settling<Failed>): void {
  const { now } = context;
  const { failure, status, retryAfterMs } = result;
  const last = { at: now, status, failure };
  if (!TEMPORARY.has(failure)) {
    const gone = endpoint.gone || failure === 'gone';
    bury(delivery, { ...endpoint, gone, last }, { context, result });
    return;
  }
  const failures = endpoint.failures + 1;
  const pause = breakerPause(failures);
  const after = { ...endpoint, failures, last, openUntil: pause === 0 ? 0 : now + pause };
  const due = now + retryDelay(delivery.id, delivery.attempts, retryAfterMs);
  if (due - delivery.since > limits.deliveryAgeMs) {
    bury(delivery, after, { context, result });
    return;
  }
  put({ ...delivery, due }, after, context);
  tell(delivery, { change: 'failed', result }, context);
}

function put(delivery: Delivery, endpoint: Endpoint, context: FoldContext): void {
  const { webhook, due, id } = delivery;
  context.view.put(keys.delivery(webhook, due, id), delivery);
  putEndpoint(webhook, { ...endpoint, waiting: endpoint.waiting + 1 }, context);
}

function bury(delivery: Delivery, endpoint: Endpoint, { context, result }: Settling<Failed>): void {
  const { webhook, id, firing, attempts } = delivery;
  const { nextDead: n } = endpoint;
  const { failure: reason, status } = result;
  const letter: DeadLetter = { n, id, firing, attempts, reason, status, at: context.now };
  context.view.put(keys.deadLetter(webhook, n), letter);
  const kept = withoutOldest(webhook, endpoint, context);
  putEndpoint(webhook, { ...kept, dead: kept.dead + 1, nextDead: n + 1 }, context);
  tell(delivery, { change: 'buried', result }, context);
}

function withoutOldest(webhook: string, endpoint: Endpoint, { view }: FoldContext): Endpoint {
  const { firstDead, nextDead, dead } = endpoint;
  if (nextDead - firstDead < limits.deadLettersMax) return endpoint;
  const key = keys.deadLetter(webhook, firstDead);
  const there = view.get(key) !== undefined;
  if (there) view.remove(key);
  return { ...endpoint, firstDead: firstDead + 1, dead: there ? dead - 1 : dead };
}

function replay(
  webhook: string,
  numbers: readonly number[],
  { context, endpoint }: { readonly context: FoldContext; readonly endpoint: Endpoint },
): void {
  const { view, now } = context;
  let after = endpoint;
  for (const n of numbers) {
    const key = keys.deadLetter(webhook, n);
    const letter = view.get<DeadLetter>(key);
    if (letter === undefined) continue;
    view.remove(key);
    const delivery: Delivery = {
      id: letter.id,
      webhook,
      firing: letter.firing,
      since: now,
      due: now,
      attempts: 0,
    };
    view.put(keys.delivery(webhook, now, letter.id), delivery);
    after = { ...after, dead: after.dead - 1, waiting: after.waiting + 1 };
    tell(delivery, { change: 'replayed' }, context);
  }
  if (after !== endpoint) putEndpoint(webhook, after, context);
}

function isFull({ waiting }: Endpoint): boolean {
  return waiting >= limits.deliveriesWaitingMax;
}

/** What a definition before this one brought about, an answer of 410 or an open breaker, says nothing of this one. */
function endpointOf(known: Endpoint | undefined, version: string): Endpoint {
  if (known === undefined)
    return {
      version,
      waiting: 0,
      delivered: 0,
      dead: 0,
      firstDead: 1,
      nextDead: 1,
      failures: 0,
      openUntil: 0,
      gone: false,
    };
  if (known.version === version) return known;
  return { ...known, version, failures: 0, openUntil: 0, gone: false };
}

function putEndpoint(webhook: string, endpoint: Endpoint, { view }: FoldContext): void {
  view.put(keys.endpoint(webhook), endpoint);
}

function tell(
  delivery: Delivery,
  what: { readonly change: DeliveryChange; readonly result?: SendResult },
  context: FoldContext,
): void {
  context.history(deliveryRow({ delivery, ...what, at: context.now, cause: context.cause() }));
  context.effect({ kind: 'counter', name: `deliveries_${what.change}`, value: 1 });
}
