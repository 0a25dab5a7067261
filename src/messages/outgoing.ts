import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CouponPoolDefinition } from '../model/coupon.ts';
import type { TemplateDefinition } from '../model/template.ts';
import type { Firing, TriggerAction, TriggerDefinition } from '../model/trigger.ts';
import type { WebhookDefinition } from '../model/webhook.ts';
import { type CompiledPool, compilePools } from './compile-pools.ts';
import { compileTemplates, type TemplateSet } from './compile-templates.ts';
import { wantedItems } from './wanted-items.ts';

export interface CompiledWebhook {
  readonly definition: WebhookDefinition;
  readonly version: string;
}

export interface OutgoingDefinitions {
  readonly templates: readonly TemplateDefinition[];
  readonly webhooks: readonly CompiledWebhook[];
  readonly coupons: readonly CouponPoolDefinition[];
  readonly triggers: readonly TriggerDefinition[];
  /** Absent: none. */
  readonly placements?: readonly { readonly name: string }[];
}

/** What is in force of all that goes out because of a decision. */
export interface Outgoing {
  readonly templates: TemplateSet;
  readonly webhooks: ReadonlyMap<string, CompiledWebhook>;
  readonly pools: ReadonlyMap<string, CompiledPool>;
  /** Names of those that items may be asked for. */
  readonly placements: ReadonlySet<string>;
  readonly actionOf: (trigger: string) => TriggerAction | undefined;
}

/** What has to be there; without a set any name is accepted. */
export interface OutgoingNames {
  readonly features?: ReadonlySet<string>;
}

/**
 * Fails with `invalid_definition` where something is named that is not there: a feature, a pool, a webhook. A template that
 * nobody has defined here is none of these: whoever receives the message may have its own of that name.
 */
export function compileOutgoing(
  { templates, webhooks, coupons, triggers, placements = [] }: OutgoingDefinitions,
  { features }: OutgoingNames = {},
): Outgoing {
  if (webhooks.length > limits.webhooksMax)
    throw new TesseraError(
      'invalid_definition',
      `${webhooks.length} webhooks; at most ${limits.webhooksMax}`,
    );
  const actions = new Map(triggers.map(({ name, action }) => [name, action]));
  return {
    templates: compileTemplates(templates, features),
    webhooks: new Map(webhooks.map((webhook) => [webhook.definition.name, webhook])),
    pools: compilePools(coupons, features),
    placements: new Set(placements.map(({ name }) => name)),
    actionOf: (trigger) => actions.get(trigger),
  };
}

/** Fails with `invalid_definition` where a trigger draws from a pool, sends to a webhook, or asks for a placement, that there is not. */
export function checkActions(
  { pools, webhooks, placements }: Outgoing,
  triggers: readonly TriggerDefinition[],
): void {
  const refuse = (trigger: string, path: string, what: string): never => {
    throw new TesseraError('invalid_definition', `trigger ${trigger}: ${path}: there is no ${what}`, {
      path,
    });
  };
  for (const { name, action } of triggers) {
    const { coupon, to = [] } = action;
    const placement = wantedItems(action)?.placement;
    if (placement !== undefined && !placements.has(placement))
      refuse(name, '/action/data/items/recommend/placement', `placement "${placement}"`);
    if (coupon !== undefined && !pools.has(coupon.pool))
      refuse(name, '/action/coupon/pool', `pool of coupons "${coupon.pool}"`);
    for (const [index, webhook] of to.entries())
      if (!webhooks.has(webhook)) refuse(name, `/action/to/${index}`, `webhook "${webhook}"`);
  }
}

/** The endpoints that are to hear of a decision: those that its trigger names, or else all that want such decisions. */
export function endpointsFor({ webhooks, actionOf }: Outgoing, firing: Firing): readonly CompiledWebhook[] {
  if (webhooks.size === 0) return NONE;
  const named = actionOf(firing.trigger)?.to;
  return [...webhooks.values()].filter(({ definition }) => {
    if (definition.disabled === true || !definition.decisions.includes(firing.decision)) return false;
    if (named !== undefined && named.length > 0) return named.includes(definition.name);
    return definition.triggers?.includes(firing.trigger) ?? true;
  });
}

const NONE: readonly CompiledWebhook[] = [];
