import { limits } from '../../limits.ts';
import type { BinaryOperator, Expression } from './expression.ts';
import { refuseAt, type Token, tokenize } from './tokenize.ts';

/** Binary operators by level, the loosest first; those of the comparing level do not chain. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(['or']),
  new Set(['and']),
  new Set(['==', '!=', '<', '<=', '>', '>=']),
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
];
const COMPARING = 2;
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
/** Words that can be no feature. */
export const reservedWords: ReadonlySet<string> = new Set([...CONSTANTS.keys(), 'and', 'or', 'not', 'now']);

/**
 * Reads an expression by precedence climbing: `or`, `and`, `not`, comparison, sum, product, sign, operand. Bounded in
 * length, depth and number of nodes; throws `invalid_definition` with the place of what is wrong.
 */
export function parseExpression(source: string): Expression {
  if (source.length > limits.expressionCharactersMax)
    refuseAt(limits.expressionCharactersMax, `has more than ${limits.expressionCharactersMax} characters`);
  return new Parser(tokenize(source)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #nodes = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#binary(0);
    if (this.#peek.kind !== 'end') refuseAt(this.#peek.at, `"${this.#peek.text}" is not expected here`);
    return expression;
  }

  get #peek(): Token {
    // The last token is the end, and nothing reads beyond it.
    return this.#tokens[this.#next] as Token;
  }

  #take(): Token {
    const token = this.#peek;
    if (token.kind !== 'end') this.#next += 1;
    return token;
  }

  #is(text: string): boolean {
    const { kind, text: written } = this.#peek;
    return (kind === 'sign' || kind === 'word') && written === text;
  }

  #expect(sign: string): void {
    if (!this.#is(sign)) refuseAt(this.#peek.at, `"${sign}" is missing before ${quoted(this.#peek)}`);
    this.#take();
  }

  #node(expression: Expression, at: number): Expression {
    this.#nodes += 1;
    if (this.#nodes > limits.expressionNodesMax)
      refuseAt(at, `has more than ${limits.expressionNodesMax} parts`);
    return expression;
  }

  /** Everything nested passes through here, so that neither reading nor computing can use up the stack. */
  #deeper(read: () => Expression): Expression {
    this.#depth += 1;
    if (this.#depth > limits.expressionDepthMax)
      refuseAt(this.#peek.at, `is nested deeper than ${limits.expressionDepthMax}`);
    const expression = read();
    this.#depth -= 1;
    return expression;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#signed();
    if (level === COMPARING && this.#is('not')) return this.#negation();
    let left = this.#binary(level + 1);
    for (let count = 0; operators.has(this.#peek.text) && this.#isOperator(); count += 1) {
      const { text, at } = this.#take();
      if (level === COMPARING && count > 0) refuseAt(at, 'comparisons do not chain; put one in parentheses');
      const right = this.#binary(level + 1);
      // The set of the level holds binary operators only.
      left = this.#node({ kind: 'binary', operator: text as BinaryOperator, left, right }, at);
    }
    return left;
  }

  #isOperator(): boolean {
    return this.#peek.kind === 'sign' || this.#peek.kind === 'word';
  }

  #negation(): Expression {
    const { at } = this.#take();
    const operand = this.#deeper(() => this.#binary(COMPARING));
    return this.#node({ kind: 'unary', operator: 'not', operand }, at);
  }

  #signed(): Expression {
    if (!this.#is('-')) return this.#operand();
    const { at } = this.#take();
    const operand = this.#deeper(() => this.#signed());
    return this.#node({ kind: 'unary', operator: '-', operand }, at);
  }

  #operand(): Expression {
    const token = this.#take();
    const { kind, text, at } = token;
    if (kind === 'number') return this.#number(token);
    if (kind === 'text') return this.#node({ kind: 'literal', value: text }, at);
    if (kind === 'word') return this.#word(token);
    if (kind === 'sign' && text === '[')
      return this.#node({ kind: 'list', items: this.#expressions(']') }, at);
    if (kind !== 'sign' || text !== '(') refuseAt(at, `a value is missing before ${quoted(token)}`);
    const inner = this.#deeper(() => this.#binary(0));
    this.#expect(')');
    return inner;
  }

  #number({ text, at }: Token): Expression {
    const value = Number(text);
    if (!Number.isFinite(value)) refuseAt(at, `${text} is too large`);
    return this.#node({ kind: 'literal', value }, at);
  }

  #word({ text, at }: Token): Expression {
    if (text.startsWith('trait.'))
      return this.#node({ kind: 'trait', name: text.slice('trait.'.length) }, at);
    const constant = CONSTANTS.get(text);
    if (constant !== undefined) return this.#node({ kind: 'literal', value: constant }, at);
    if (text === 'now') return this.#node({ kind: 'now' }, at);
    if (this.#is('(')) {
      this.#take();
      return this.#node({ kind: 'call', name: text, inputs: this.#expressions(')') }, at);
    }
    if (reservedWords.has(text)) refuseAt(at, `"${text}" is not expected here`);
    return this.#node({ kind: 'feature', name: text }, at);
  }

  /** Separated by commas, up to the closing sign. */
  #expressions(closing: string): readonly Expression[] {
    const found: Expression[] = [];
    if (!this.#is(closing)) {
      found.push(this.#deeper(() => this.#binary(0)));
      while (this.#is(',')) {
        this.#take();
        found.push(this.#deeper(() => this.#binary(0)));
      }
    }
    this.#expect(closing);
    return found;
  }
}

function quoted({ kind, text }: Token): string {
  return kind === 'end' ? text : `"${text}"`;
}
