/** Types that the policy does not name behave like the weakest strong-less custom type. */
const CUSTOM = { limit: 100, period: 'ever', strong: false };
export function compilePolicy(policy) {
    const known = new Map(policy.types.map((entry) => [entry.type, entry]));
    return {
        of(type) {
            const exact = known.get(type);
            if (exact !== undefined)
                return exact;
            // Limits count per issuer, so an issued type gets an entry of its own with the base type's rules.
            const at = type.indexOf('@');
            const base = at < 0 ? undefined : known.get(type.slice(0, at));
            const entry = { ...(base ?? CUSTOM), type };
            if (known.size < 10_000)
                known.set(type, entry);
            return entry;
        },
    };
}
export function isStrong(policy, claim) {
    return policy.of(claim.type).strong;
}
//# sourceMappingURL=policy.js.map