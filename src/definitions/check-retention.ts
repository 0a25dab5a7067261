import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { RetentionDefinition } from '../model/retention.ts';

/** What rules may name. */
interface Known {
  readonly features: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
}

/** Fails with `invalid_definition` where a rule says nothing, or two things, or names what there is not. */
export function checkRetention(rules: readonly RetentionDefinition[], known: Known): void {
  if (rules.length > limits.retentionRulesMax)
    refuse('/name', `${rules.length} rules of retention; at most ${limits.retentionRulesMax}`);
  for (const rule of rules) checkRule(rule, known);
  if (rules.filter(({ dormant }) => dormant !== undefined).length > 1)
    refuse('/dormant', 'two rules say when somebody is dormant; one can');
}

function checkRule({ name, events, records, dormant }: RetentionDefinition, known: Known): void {
  if ([events, records, dormant].filter((each) => each !== undefined).length !== 1)
    refuse('', `retention "${name}": a rule has one of events, records and dormant`);
  const { segments = [], features = [] } = dormant?.unless ?? {};
  for (const segment of segments)
    if (!known.segments.has(segment))
      refuse('/dormant/unless/segments', `retention "${name}": there is no segment "${segment}"`);
  for (const feature of features)
    if (!known.features.has(feature))
      refuse('/dormant/unless/features', `retention "${name}": there is no feature "${feature}"`);
}

function refuse(path: string, problem: string): never {
  throw new TesseraError('invalid_definition', problem, { path });
}

/** Who would miss what is gone: rules that name a feature or a segment. */
export function usesOfRetention(
  rules: readonly RetentionDefinition[],
): readonly { readonly who: string; readonly kind: 'feature' | 'segment'; readonly name: string }[] {
  return rules.flatMap(({ name, dormant }) => {
    const { segments = [], features = [] } = dormant?.unless ?? {};
    const who = `the rule of retention "${name}"`;
    return [
      ...features.map((each) => ({ who, kind: 'feature' as const, name: each })),
      ...segments.map((each) => ({ who, kind: 'segment' as const, name: each })),
    ];
  });
}
