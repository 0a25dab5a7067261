import { TesseraError } from '../errors.ts';
import { compileTemplates } from '../messages/compile-templates.ts';
import { checkActions, compileOutgoing } from '../messages/outgoing.ts';
import { wantedItems } from '../messages/wanted-items.ts';
import type { DefinitionSet } from './definition-set.ts';

type Outgoing = Pick<
  DefinitionSet,
  'features' | 'triggers' | 'templates' | 'webhooks' | 'coupons' | 'placements'
>;

/** Fails with `invalid_definition` where templates, pools, webhooks and the triggers that use them do not go together. */
export function checkOutgoing(set: Outgoing, features: ReadonlySet<string>): void {
  const { triggers, templates = [], coupons = [], placements = [], webhooks } = set;
  const versions = (webhooks ?? []).map((definition) => ({ definition, version: '' }));
  const compiled = compileOutgoing(
    { templates, coupons, placements, triggers, webhooks: versions },
    { features },
  );
  // A directory has no webhooks, and does not know which there are.
  const named = webhooks === undefined ? triggers.map(withoutEndpoints) : triggers;
  checkActions(compiled, named);
}

function withoutEndpoints<T extends Outgoing['triggers'][number]>(trigger: T): T {
  const { to: _unknown, ...action } = trigger.action;
  return { ...trigger, action };
}

/** Fails with `definition_in_use` when a trigger, a pool or a template that stays uses what would be gone. */
export function checkOutgoingUses(before: Outgoing, after: Outgoing): void {
  const gone = {
    template: missing(before.templates, after.templates),
    pool: missing(before.coupons, after.coupons),
    webhook: missing(before.webhooks, after.webhooks),
    placement: missing(before.placements, after.placements),
    feature: missing(before.features, after.features),
  };
  const users: string[] = [];
  const note = (kind: keyof typeof gone, name: string | undefined, who: string): void => {
    if (name !== undefined && gone[kind].has(name))
      users.push(`${NOUNS[kind]} "${name}" would be gone, and ${who} uses it`);
  };
  for (const { name, action } of after.triggers) {
    const who = `the trigger "${name}"`;
    note('template', action.template, who);
    note('pool', action.coupon?.pool, who);
    note('placement', wantedItems(action)?.placement, who);
    for (const webhook of action.to ?? []) note('webhook', webhook, who);
  }
  for (const { name, bands = [] } of after.coupons ?? []) {
    for (const { pool, feature } of bands) {
      note('pool', pool, `the pool of coupons "${name}"`);
      note('feature', feature, `the pool of coupons "${name}"`);
    }
  }
  for (const [name, { uses }] of gone.feature.size === 0
    ? []
    : compileTemplates(after.templates ?? []).byName)
    for (const feature of uses.features) note('feature', feature, `the template "${name}"`);
  if (users.length > 0) throw new TesseraError('definition_in_use', users.join('; '));
}

const NOUNS = {
  template: 'template',
  pool: 'pool of coupons',
  webhook: 'webhook',
  placement: 'placement',
  feature: 'feature',
} as const;

interface Named {
  readonly name: string;
}

function missing(before: readonly Named[] = [], after: readonly Named[] = []): ReadonlySet<string> {
  const remaining = new Set(after.map(({ name }) => name));
  return new Set(before.map(({ name }) => name).filter((name) => !remaining.has(name)));
}
