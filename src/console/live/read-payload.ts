/** What a firing brings, as far as one reads it at a glance. */
export interface ReadPayload {
  readonly template: string | undefined;
  readonly title: string | undefined;
  readonly body: string | undefined;
  readonly coupon: string | undefined;
  /** Names of the items that go with it, or their ids. */
  readonly items: readonly string[];
}

/** Payloads are made of templates, so nothing is certain of them. */
export function readPayload(payload: Readonly<Record<string, unknown>>): ReadPayload {
  const message = fieldsOf(payload.message);
  const { items } = fieldsOf(payload.data);
  return {
    template: textOf(payload.template),
    title: textOf(message.title),
    body: textOf(message.body),
    coupon: textOf(fieldsOf(payload.coupon).code),
    items: (Array.isArray(items) ? items : [])
      .map((item: unknown) => textOf(fieldsOf(item).name) ?? textOf(fieldsOf(item).item_id))
      .filter((name) => name !== undefined),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
