/** One product view per row. */
export const MAP = `
name: clicks
source: shop
channel: web
format: { type: csv, header: true }
time: { column: at, format: epoch_seconds }
identifiers: { anonymous_id: "a-{session}" }
events:
  - type: product_viewed
    properties: { item_id: "{item}" }
`;

/** One order per session, whose rows are scattered. */
export const GROUPED = `
name: orders
source: shop
channel: web
format: { type: csv, header: true }
time: { column: at, format: epoch_seconds }
group: { by: session }
events:
  - type: order_completed
    properties:
      order_id: "{session}"
      total: { sum: [item] }
      products: { lines: { item_id: "{item}" } }
`;

/** Rows of 97 sessions in turn, one second apart, from line 2 on. */
export function clicks(count: number): string {
  const rows = Array.from({ length: count }, (_, at) => `${at % 97},${at},${1_700_000_000 + at}`);
  return `session,item,at\n${rows.join('\n')}\n`;
}
