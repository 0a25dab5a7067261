import type { Claim } from '../model/event.ts';
import type { IdentifierTypePolicy, IdentityPolicy } from '../model/identity-policy.ts';

/** The policy with its look-ups built once. */
export interface CompiledPolicy {
  readonly of: (type: string) => IdentifierTypePolicy;
}

/** Types that the policy does not name behave like the weakest strong-less custom type. */
const CUSTOM: Omit<IdentifierTypePolicy, 'type'> = { limit: 100, period: 'ever', strong: false };

export function compilePolicy(policy: IdentityPolicy): CompiledPolicy {
  const known = new Map(policy.types.map((entry) => [entry.type, entry]));
  return {
    of(type) {
      const exact = known.get(type);
      if (exact !== undefined) return exact;
      // Limits count per issuer, so an issued type gets an entry of its own with the base type's rules.
      const at = type.indexOf('@');
      const base = at < 0 ? undefined : known.get(type.slice(0, at));
      const entry = { ...(base ?? CUSTOM), type };
      if (known.size < 10_000) known.set(type, entry);
      return entry;
    },
  };
}

export function isStrong(policy: CompiledPolicy, claim: Pick<Claim, 'type'>): boolean {
  return policy.of(claim.type).strong;
}
