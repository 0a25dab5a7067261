/** How one identifier type behaves; deploy/retail/identity.yaml is the shipped policy. */
export interface IdentifierTypePolicy {
  readonly type: string;
  /** Distinct values that one profile may hold within the period. */
  readonly limit: number;
  readonly period: 'ever' | 'year';
  /** Strong identifiers name a person; weak ones (devices, cards, cookies) only carry a trace. */
  readonly strong: boolean;
}

/** Types strongest first. */
export interface IdentityPolicy {
  readonly types: readonly IdentifierTypePolicy[];
}
