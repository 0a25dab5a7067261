import type { JsonValue } from '../../model/json.ts';

/** What an expression of a derived feature says, once read. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: number | string | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'feature'; readonly name: string }
  | { readonly kind: 'trait'; readonly name: string }
  | { readonly kind: 'now' }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly inputs: readonly Expression[] };

export type UnaryOperator = '-' | 'not';
export type BinaryOperator =
  | 'or'
  | 'and'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

/** What an expression may ask while it is computed. Null stands for everything that is not known. */
export interface ExpressionScope {
  readonly now: number;
  /** Amounts as numbers in major units. */
  valueOf(feature: string): JsonValue;
  traitOf(name: string): JsonValue;
}

/** An expression made ready: total, it answers null where it has no answer, and never throws. */
export type Formula = (scope: ExpressionScope) => JsonValue;
