import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { asObject, present } from '../present.ts';
import { sumDecimals } from '../sum-decimals.ts';
import { lineProperties } from './shopify-objects.ts';

/** A refund: what was given back is the sum of its transactions, since lines may be taken back for nothing. */
export function refundProperties(refund: JsonObject): JsonObject {
  const paid = listOf(refund.transactions).filter(
    ({ kind, status }) => kind === 'refund' && status === 'success',
  );
  const lines = listOf(refund.refund_line_items);
  return {
    ...present('order_id', refund.order_id),
    ...present('refund_id', refund.id),
    ...present('total', sumDecimals(paid.map(({ amount }) => amount))),
    ...present('currency', paid[0]?.currency),
    kind: lines.length > 0 ? 'return' : 'refund_only',
    ...present('reason', refund.note),
    ...(lines.length === 0 ? {} : { products: lines.map(refundedLine) }),
  };
}

function refundedLine(line: JsonObject): JsonObject {
  const { discount: _bought, ...goods } = lineProperties(asObject(line.line_item));
  const { subtotal } = line;
  return {
    ...goods,
    ...present('quantity', line.quantity),
    ...present('paid', typeof subtotal === 'number' ? String(subtotal) : subtotal),
  };
}

/** The objects of a list; none where there is no list. */
export function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}
