import type { Expression } from '../../../src/features/derived/expression.ts';

/** An expression as text, with every operation in parentheses: what the parser reads back as the same. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? quote(expression.value) : String(expression.value);
    case 'list':
      return `[${expression.items.map(printExpression).join(', ')}]`;
    case 'feature':
      return expression.name;
    case 'trait':
      return `trait.${expression.name}`;
    case 'now':
      return 'now';
    case 'unary':
      return `(${expression.operator} ${printExpression(expression.operand)})`;
    case 'binary':
      return `(${printExpression(expression.left)} ${expression.operator} ${printExpression(expression.right)})`;
    case 'call':
      return `${expression.name}(${expression.inputs.map(printExpression).join(', ')})`;
  }
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
