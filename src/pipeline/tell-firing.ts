import type { Definitions } from '../definitions/definitions.ts';
import { queueDelivery } from '../messages/deliveries.ts';
import { endpointsFor } from '../messages/outgoing.ts';
import { decisionRow } from '../model/decision-rows.ts';
import type { FoldContext } from '../model/fold.ts';
import type { JsonObject } from '../model/json.ts';
import type { Firing } from '../model/trigger.ts';

/** Where decisions are made: the record's context and what is in force. */
export interface FiringShell {
  readonly context: FoldContext;
  readonly definitions: Pick<Definitions, 'outgoing'>;
}

/** Webhooks and everybody who listens are told of a decision, and history keeps a row. */
export function tellFiring(firing: Firing, { context, definitions: { outgoing } }: FiringShell): Firing {
  for (const webhook of endpointsFor(outgoing, firing)) queueDelivery(firing, webhook, context);
  context.effect({ kind: 'firing', firing });
  context.history(decisionRow(firing, context.cause()));
  return firing;
}

export function withPayload(firing: Firing, more: JsonObject): Firing {
  return { ...firing, payload: { ...firing.payload, ...more } };
}
