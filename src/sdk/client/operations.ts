/** Made from `/openapi.json`; `npx vitest run test/sdk/operations.test.ts -u` writes it anew after a build. */
/** What each operation takes: parameters of its path, of its query, and its body as JSON, text or bytes. */
export interface Operations {
  /** Take back a definition that was put in force */
  'DELETE /v1/definitions/{kind}/{name}': {
    readonly path: { readonly kind: string; readonly name: string };
    readonly query?: { readonly dry_run?: string | undefined };
  };
  /** Cancel a job */
  'DELETE /v1/jobs/{id}': {
    readonly path: { readonly id: string };
  };
  /** Revoke a key */
  'DELETE /v1/keys/{key}': {
    readonly path: { readonly key: string };
  };
  /** Lift the restriction of a person's data */
  'DELETE /v1/privacy/restrictions/{id}': {
    readonly path: { readonly id: string };
    readonly query?: { readonly reason?: string | undefined };
  };
  /** Take a tag off a profile */
  'DELETE /v1/profiles/{id}/tags/{tag}': {
    readonly path: { readonly id: string; readonly tag: string };
  };
  /** A file of the operator console */
  'GET /assets/{file}': {
    readonly path: { readonly file: string };
  };
  /** Is the process alive */
  'GET /healthz': object;
  /** Metrics in the text format of Prometheus */
  'GET /metrics': object;
  /** This API as an OpenAPI 3.1 document */
  'GET /openapi.json': object;
  /** Can the engine take and answer requests */
  'GET /readyz': object;
  /** What is bought together */
  'GET /v1/analytics/basket': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly item?: string | undefined;
      readonly min_orders?: number | undefined;
      readonly sort?: 'lift' | 'orders' | undefined;
      readonly limit?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What messages bring */
  'GET /v1/analytics/campaigns': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly days?: number | undefined;
      readonly currency?: string | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** Who looks where and buys where */
  'GET /v1/analytics/channels': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly days?: number | undefined;
      readonly currency?: string | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What customers have been worth, by cohort */
  'GET /v1/analytics/clv': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly period?: 'day' | 'week' | 'month' | undefined;
      readonly periods?: number | undefined;
      readonly zone?: string | undefined;
      readonly currency?: string | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What customers complain about */
  'GET /v1/analytics/complaints': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly limit?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** Whether everything that was received came to one end */
  'GET /v1/analytics/conservation': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly logs?: '1' | undefined;
    };
  };
  /** What messages cost */
  'GET /v1/analytics/costs': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly limit?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What is asked for where */
  'GET /v1/analytics/demand': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly by?: 'item' | 'variant' | undefined;
      readonly store?: string | undefined;
      readonly item?: string | undefined;
      readonly limit?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** How many people come how far */
  'GET /v1/analytics/funnel': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly steps?: string | undefined;
      readonly window?: string | undefined;
      readonly by?: 'channel' | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** How far people have come: aware, interested, bought, bought again, recommends */
  'GET /v1/analytics/journey': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly period?: 'day' | 'week' | 'month' | undefined;
      readonly zone?: string | undefined;
      readonly days?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** Whether the state is what history says */
  'GET /v1/analytics/parity': object;
  /** Who buys what they said they like */
  'GET /v1/analytics/preferences': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly days?: number | undefined;
      readonly questions?: string | undefined;
      readonly limit?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What the data is worth: completeness, lateness, anomalies, and how well identifiers tell people apart */
  'GET /v1/analytics/quality': {
    readonly query?: {
      readonly day?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly fresh?: '1' | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What is possible and hard to believe */
  'GET /v1/analytics/quality/flags': {
    readonly query?: {
      readonly day?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly status?: 'open' | 'confirmed' | 'dismissed' | undefined;
      readonly check?: 'price' | 'quantity' | 'people' | undefined;
    };
  };
  /** Who comes back: cohorts by the first time */
  'GET /v1/analytics/retention': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly period?: 'day' | 'week' | 'month' | undefined;
      readonly periods?: number | undefined;
      readonly zone?: string | undefined;
      readonly currency?: string | undefined;
      readonly event?: string | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What campaigns return for what they cost */
  'GET /v1/analytics/returns': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly days?: number | undefined;
      readonly currency?: string | undefined;
      readonly margin?: string | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** Recency, frequency and monetary value in fifths */
  'GET /v1/analytics/rfm': {
    readonly query?: {
      readonly at?: string | undefined;
      readonly currency?: string | undefined;
      readonly zone?: string | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** Targets: each with its value, met or missed, and since when */
  'GET /v1/analytics/targets': object;
  /** When it happens: weekday and hour */
  'GET /v1/analytics/times': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly event?: string | undefined;
      readonly zone?: string | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What is tried and not bought */
  'GET /v1/analytics/tried': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly days?: number | undefined;
      readonly store?: string | undefined;
      readonly item?: string | undefined;
      readonly limit?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** What the parts of a store do */
  'GET /v1/analytics/zones': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly store?: string | undefined;
      readonly zone?: string | undefined;
      readonly limit?: number | undefined;
      readonly format?: 'json' | 'csv' | 'table' | undefined;
    };
  };
  /** Who saw and changed what, newest first */
  'GET /v1/audit': {
    readonly query?: {
      readonly action?: string | undefined;
      readonly author?: string | undefined;
      readonly subject?: string | undefined;
      readonly since?: string | undefined;
      readonly until?: string | undefined;
      readonly limit?: number | undefined;
      readonly before?: string | undefined;
    };
  };
  /** How far the audit log has come */
  'GET /v1/audit/head': object;
  /** Whether the audit log is whole */
  'GET /v1/audit/verify': {
    readonly query?: { readonly heads?: string | undefined };
  };
  /** Backups of the data directory, newest first */
  'GET /v1/backups': object;
  /** A product by its id, a variant of it, or an alias of either */
  'GET /v1/catalog/items/{id}': {
    readonly path: { readonly id: string };
  };
  /** What a store has in stock, or where an item is, page by page */
  'GET /v1/catalog/stock': {
    readonly query?: {
      readonly store?: string | undefined;
      readonly item?: string | undefined;
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
    };
  };
  /** All stores */
  'GET /v1/catalog/stores': object;
  /** A store by its id or an alias */
  'GET /v1/catalog/stores/{id}': {
    readonly path: { readonly id: string };
  };
  /** All pools of coupons, with how many codes are left */
  'GET /v1/coupons': object;
  /** One pool of coupons, with how many codes are left */
  'GET /v1/coupons/{pool}': {
    readonly path: { readonly pool: string };
  };
  /** All definitions of a kind that are in force */
  'GET /v1/definitions/{kind}': {
    readonly path: { readonly kind: string };
  };
  /** One definition in force */
  'GET /v1/definitions/{kind}/{name}': {
    readonly path: { readonly kind: string; readonly name: string };
  };
  /** The versions of a definition, newest first */
  'GET /v1/definitions/{kind}/{name}/versions': {
    readonly path: { readonly kind: string; readonly name: string };
  };
  /** A definition as it was */
  'GET /v1/definitions/{kind}/{name}/versions/{number}': {
    readonly path: { readonly kind: string; readonly name: string; readonly number: string };
    readonly query?: { readonly against?: string | undefined };
  };
  /** What became of one event */
  'GET /v1/events/{event_id}/trace': {
    readonly path: { readonly event_id: string };
    readonly query?: { readonly source?: string | undefined };
  };
  /** Background jobs, newest first */
  'GET /v1/jobs': object;
  /** One job, with its progress, and its result once it is done */
  'GET /v1/jobs/{id}': {
    readonly path: { readonly id: string };
  };
  /** All access keys, with what they may do */
  'GET /v1/keys': object;
  /** What the key that asks may do */
  'GET /v1/keys/self': object;
  /** One access key that the engine has made */
  'GET /v1/keys/{key}': {
    readonly path: { readonly key: string };
  };
  /** Every bound of the engine */
  'GET /v1/limits': object;
  /** Which master key wraps the stored keys */
  'GET /v1/master-key': object;
  /** All erasures, newest first */
  'GET /v1/privacy/erasures': object;
  /** How far an erasure has come, or its receipt */
  'GET /v1/privacy/erasures/{id}': {
    readonly path: { readonly id: string };
  };
  /** How far an export has come, and where it can be read */
  'GET /v1/privacy/exports/{id}': {
    readonly path: { readonly id: string };
  };
  /** Read an export, once */
  'GET /v1/privacy/exports/{id}/file': {
    readonly path: { readonly id: string };
    readonly query?: { readonly token?: string | undefined };
  };
  /** Whom to tell of which notice */
  'GET /v1/privacy/notices/due': {
    readonly query?: {
      readonly notice?: string | undefined;
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
    };
  };
  /** Whether the processing of a person's data is restricted */
  'GET /v1/privacy/restrictions/{id}': {
    readonly path: { readonly id: string };
  };
  /** The rules of retention in force, and what the last run has let go */
  'GET /v1/privacy/retention': object;
  /** All profiles, page by page, in order of their ids */
  'GET /v1/profiles': {
    readonly query?: {
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
      readonly fields?: string | undefined;
    };
  };
  /** What no person can be named for */
  'GET /v1/profiles/unattributed': {
    readonly query?: { readonly fields?: string | undefined };
  };
  /** One profile, by id or identifier */
  'GET /v1/profiles/{id}': {
    readonly path: { readonly id: string };
    readonly query?: { readonly fields?: string | undefined; readonly at?: string | undefined };
  };
  /** What an associate should know of who stands before them */
  'GET /v1/profiles/{id}/brief': {
    readonly path: { readonly id: string };
    readonly query?: { readonly store?: string | undefined; readonly locale?: string | undefined };
  };
  /** A profile's consents and notices, as they are and as they were */
  'GET /v1/profiles/{id}/consents': {
    readonly path: { readonly id: string };
    readonly query?: { readonly limit?: number | undefined };
  };
  /** A receipt of the consents that hold */
  'GET /v1/profiles/{id}/consents/receipt': {
    readonly path: { readonly id: string };
  };
  /** A profile's events, newest first */
  'GET /v1/profiles/{id}/events': {
    readonly path: { readonly id: string };
    readonly query?: { readonly limit?: number | undefined; readonly before?: string | undefined };
  };
  /** Why a trigger has fired for a profile, or not */
  'GET /v1/profiles/{id}/explain': {
    readonly path: { readonly id: string };
    readonly query?: { readonly trigger?: string | undefined };
  };
  /** A profile's features over the last days */
  'GET /v1/profiles/{id}/features/days': {
    readonly path: { readonly id: string };
    readonly query?: { readonly days?: number | undefined; readonly features?: string | undefined };
  };
  /** A profile's identity: its identifiers, and why each belongs to it */
  'GET /v1/profiles/{id}/identity': {
    readonly path: { readonly id: string };
  };
  /** A profile's points: the balance, the lots that it consists of, and every entry */
  'GET /v1/profiles/{id}/points': {
    readonly path: { readonly id: string };
    readonly query?: { readonly limit?: number | undefined };
  };
  /** A profile's tags, with who put them on, why, and until when */
  'GET /v1/profiles/{id}/tags': {
    readonly path: { readonly id: string };
  };
  /** What triggers decided about a profile, newest first */
  'GET /v1/profiles/{id}/triggers': {
    readonly path: { readonly id: string };
    readonly query?: {
      readonly trigger?: string | undefined;
      readonly decision?: string | undefined;
      readonly limit?: number | undefined;
      readonly before?: string | undefined;
    };
  };
  /** Events that were kept because they are not valid, newest first */
  'GET /v1/quarantine': {
    readonly query?: {
      readonly code?: string | undefined;
      readonly source?: string | undefined;
      readonly channel?: string | undefined;
      readonly type?: string | undefined;
      readonly path?: string | undefined;
      readonly schema_version?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly attempts?: number | undefined;
      readonly state?: 'waiting' | 'replayed' | 'given_up' | undefined;
      readonly limit?: number | undefined;
      readonly before?: string | undefined;
    };
  };
  /** How many events are kept for what reason */
  'GET /v1/quarantine/counts': {
    readonly query?: {
      readonly code?: string | undefined;
      readonly source?: string | undefined;
      readonly channel?: string | undefined;
      readonly type?: string | undefined;
      readonly path?: string | undefined;
      readonly schema_version?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly attempts?: number | undefined;
      readonly state?: 'waiting' | 'replayed' | 'given_up' | undefined;
      readonly by?: string | undefined;
    };
  };
  /** One kept event: why, how it came, what it says, and every attempt so far */
  'GET /v1/quarantine/{id}': {
    readonly path: { readonly id: string };
  };
  /** What to show or offer to somebody, or to anybody */
  'GET /v1/recommendations': {
    readonly query?: {
      readonly placement?: string | undefined;
      readonly profile?: string | undefined;
      readonly store?: string | undefined;
      readonly item?: string | undefined;
      readonly cart?: string | undefined;
      readonly limit?: number | undefined;
      readonly locale?: string | undefined;
      readonly explain?: '1' | 'true' | '0' | 'false' | undefined;
    } & Readonly<Record<string, string | number | undefined>>;
  };
  /** What came of recommendations, per placement and strategy */
  'GET /v1/recommendations/report': {
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly placement?: string | undefined;
    };
  };
  /** Questions of identity that wait for an operator, oldest first */
  'GET /v1/reviews': {
    readonly query?: {
      readonly status?: 'open' | 'approved' | 'rejected' | 'expired' | 'settled' | undefined;
      readonly kind?: 'conflict' | 'duplicate' | 'suspicious_merge' | 'referral' | undefined;
      readonly limit?: number | undefined;
      readonly after?: number | undefined;
    };
  };
  /** One review */
  'GET /v1/reviews/{n}': {
    readonly path: { readonly n: string };
  };
  /** All event types that are known */
  'GET /v1/schemas': object;
  /** One event type with its schemas */
  'GET /v1/schemas/{event}': {
    readonly path: { readonly event: string };
  };
  /** All segments with their live numbers of members */
  'GET /v1/segments': object;
  /** How many are in two segments at once */
  'GET /v1/segments/overlap': {
    readonly query?: { readonly a?: string | undefined; readonly b?: string | undefined };
  };
  /** What of a segment a partner may have */
  'GET /v1/segments/{name}/export': {
    readonly path: { readonly name: string };
    readonly query?: {
      readonly partner?: string | undefined;
      readonly by?: string | undefined;
      readonly removals?: 'true' | 'false' | undefined;
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
    };
  };
  /** The members of a segment, page by page, in the order of their ids */
  'GET /v1/segments/{name}/profiles': {
    readonly path: { readonly name: string };
    readonly query?: {
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
      readonly consent?: string | undefined;
      readonly purpose?: string | undefined;
      readonly format?: 'json' | 'csv' | undefined;
    };
  };
  /** Query history */
  'GET /v1/sql': {
    readonly query?: { readonly query?: string | undefined; readonly format?: string | undefined };
  };
  /** A digest over all state */
  'GET /v1/state/digest': object;
  /** Customers that a store may expect */
  'GET /v1/stores/{store}/expected': {
    readonly path: { readonly store: string };
    readonly query?: { readonly days?: number | undefined; readonly limit?: number | undefined };
  };
  /** What a trigger’s messages have brought */
  'GET /v1/triggers/{name}/report': {
    readonly path: { readonly name: string };
    readonly query?: {
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly days?: number | undefined;
    };
  };
  /** All webhooks, with how their endpoints take it */
  'GET /v1/webhooks': object;
  /** One webhook, with how its endpoint takes it */
  'GET /v1/webhooks/{name}': {
    readonly path: { readonly name: string };
  };
  /** Messages to a webhook that nobody tries to bring any more */
  'GET /v1/webhooks/{name}/dead': {
    readonly path: { readonly name: string };
    readonly query?: { readonly limit?: number | undefined; readonly after?: string | undefined };
  };
  /** Name and version of the program */
  'GET /version': object;
  /** Compare profiles with history now */
  'POST /v1/analytics/parity': {
    readonly body?: unknown;
  };
  /** Settle a flag */
  'POST /v1/analytics/quality/flags/{id}/decisions': {
    readonly path: { readonly id: string };

    readonly body?: unknown;
  };
  /** Make a backup of the data directory, while everything goes on */
  'POST /v1/backups': {
    readonly body?: unknown;
  };
  /** Add codes to a pool of coupons */
  'POST /v1/coupons/{pool}/codes': {
    readonly path: { readonly pool: string };

    readonly body?: unknown;
  };
  /** Switch a trigger off */
  'POST /v1/definitions/{kind}/{name}/disable': {
    readonly path: { readonly kind: string; readonly name: string };
    readonly query?: { readonly dry_run?: string | undefined };
  };
  /** Switch a trigger on again */
  'POST /v1/definitions/{kind}/{name}/enable': {
    readonly path: { readonly kind: string; readonly name: string };
    readonly query?: { readonly dry_run?: string | undefined };
  };
  /** Send events */
  'POST /v1/events': {
    readonly query?: {
      readonly wait?: string | undefined;
      readonly include?: string | undefined;
      readonly placement?: string | undefined;
      readonly dry_run?: string | undefined;
    };
    readonly body?: unknown;
  };
  /** Compute a draft of a feature for a real profile */
  'POST /v1/features/previews': {
    readonly body?: unknown;
  };
  /** Fill a feature from history */
  'POST /v1/features/{name}/backfills': {
    readonly path: { readonly name: string };
  };
  /** Make the holders of two identifiers one person */
  'POST /v1/identity/merges': {
    readonly body?: unknown;
  };
  /** Ask what another identity policy would have done */
  'POST /v1/identity/simulations': {
    readonly body?: unknown;
  };
  /** Take an identifier out of its person, as if it had never been linked */
  'POST /v1/identity/unmerges': {
    readonly body?: unknown;
  };
  /** Make an access key */
  'POST /v1/keys': {
    readonly body?: unknown;
  };
  /** Give a key another secret */
  'POST /v1/keys/{key}/rotations': {
    readonly path: { readonly key: string };

    readonly body?: unknown;
  };
  /** Give or take points by hand */
  'POST /v1/loyalty/adjustments': {
    readonly body?: unknown;
  };
  /** Wrap every stored key under the master key of now */
  'POST /v1/master-key/rotations': {
    readonly body?: unknown;
  };
  /** Fit a model to history */
  'POST /v1/models/{name}/fits': {
    readonly path: { readonly name: string };

    readonly body?: unknown;
  };
  /** Erase people */
  'POST /v1/privacy/erasures': {
    readonly body?: unknown;
  };
  /** Write down everything that is held of a person */
  'POST /v1/privacy/exports': {
    readonly body?: unknown;
  };
  /** Restrict the processing of a person's data to storing it */
  'POST /v1/privacy/restrictions': {
    readonly body?: unknown;
  };
  /** Let go what the rules of retention no longer keep */
  'POST /v1/privacy/retention/runs': {
    readonly body?: unknown;
  };
  /** Say that something happened with somebody whose identifiers are not known */
  'POST /v1/profiles/{id}/events': {
    readonly path: { readonly id: string };

    readonly body?: unknown;
  };
  /** Send kept events on their way again */
  'POST /v1/quarantine/replays': {
    readonly body?: unknown;
  };
  /** Decide a review */
  'POST /v1/reviews/{n}/decisions': {
    readonly path: { readonly n: string };

    readonly body?: unknown;
  };
  /** Which stored events a schema would refuse */
  'POST /v1/schemas/{event}/checks': {
    readonly path: { readonly event: string };

    readonly body?: unknown;
  };
  /** Count whom a draft would hold for, before it is saved */
  'POST /v1/segments/previews': {
    readonly body?: unknown;
  };
  /** Query history, with the query in the body */
  'POST /v1/sql': {
    readonly body?: unknown;
  };
  /** Put tags on many profiles, or take them off */
  'POST /v1/tags': {
    readonly body?: unknown;
  };
  /** Explain a draft of a trigger for a real profile */
  'POST /v1/triggers/previews': {
    readonly body?: unknown;
  };
  /** Run a trigger over history */
  'POST /v1/triggers/{name}/backtests': {
    readonly path: { readonly name: string };

    readonly body?: unknown;
  };
  /** Have dead messages brought again */
  'POST /v1/webhooks/{name}/replays': {
    readonly path: { readonly name: string };

    readonly body?: unknown;
  };
  /** Say what messages cost */
  'PUT /v1/analytics/costs': {
    readonly body?: unknown;
  };
  /** Say what products there are, with their variants */
  'PUT /v1/catalog/items': {
    readonly body?: unknown;
  };
  /** Say what stores have in stock */
  'PUT /v1/catalog/stock': {
    readonly body?: unknown;
  };
  /** Say what stores there are */
  'PUT /v1/catalog/stores': {
    readonly body?: unknown;
  };
  /** Put the settings of a pool of coupons in force */
  'PUT /v1/coupons/{pool}': {
    readonly path: { readonly pool: string };

    readonly body?: unknown;
  };
  /** Put a definition in force */
  'PUT /v1/definitions/{kind}/{name}': {
    readonly path: { readonly kind: string; readonly name: string };
    readonly query?: { readonly dry_run?: string | undefined; readonly keep?: string | undefined };
    readonly body?: unknown;
  };
  /** Change what a key may do, and until when */
  'PUT /v1/keys/{key}': {
    readonly path: { readonly key: string };

    readonly body?: unknown;
  };
  /** Enter what somebody said of consents, or was told */
  'PUT /v1/profiles/{id}/consents': {
    readonly path: { readonly id: string };

    readonly body?: unknown;
  };
  /** Put a tag on a profile */
  'PUT /v1/profiles/{id}/tags/{tag}': {
    readonly path: { readonly id: string; readonly tag: string };

    readonly body?: unknown;
  };
}
