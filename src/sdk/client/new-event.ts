/** What can go into an event as JSON. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };
export type JsonFields = Readonly<Record<string, Json | undefined>>;

/** An event as it is sent. Amounts are numbers or decimal strings; times RFC 3339 or epoch milliseconds. */
export interface NewEvent {
  /** The same id counts once within seven days; the client makes one where it is absent. */
  readonly id?: string;
  /** `product_viewed`, `order_completed`, … or a name of your own. */
  readonly type: string;
  /** When it happened; now, where it is absent. */
  readonly time?: string | number;
  /** `web`, `app`, `mini_program`, `pos`, `store_device`, `call_center`, … */
  readonly channel?: string;
  /** The system that reports; only secret keys may name one. */
  readonly source?: string;
  /** Who it is about, by type: `{ phone: '13900001111', 'wechat_openid@wx123': 'o-9' }`. */
  readonly identifiers?: JsonFields;
  readonly properties?: JsonFields;
  readonly traits?: JsonFields;
  /** By purpose, or purpose and channel; `notices` with the versions that were told, `text_version`, `method`. */
  readonly consent?: Readonly<Record<string, boolean | string | Readonly<Record<string, boolean | number>>>>;
  readonly context?: JsonFields;
  /** ISO 4217 code of the amounts. */
  readonly currency?: string;
}
