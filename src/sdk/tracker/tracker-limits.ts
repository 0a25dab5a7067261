/** Every bound of the tracker. The engine's own are elsewhere: a page loads none of them. */
export const trackerLimits = {
  /** Events that wait in storage, and as many again in memory where storage takes none; past it the oldest go. */
  queueEventsMax: 500,
  /** One event as JSON. Larger ones are refused: with the number above this bounds what the queue takes. */
  eventCharactersMax: 32_000,
  /**
   * How long an event waits for the engine. The engine knows an id again for seven days, so what is repeated within six
   * is counted once whatever the clocks say.
   */
  eventAgeMs: 6 * 24 * 60 * 60 * 1000,
  /** What one request holds; a larger event goes alone. */
  batchEventsMax: 50,
  batchCharactersMax: 20_000,
  /** Browsers let 64 KiB in all go on after the page is closed, and fail what is larger. */
  keepaliveBytesMax: 60_000,
  /** Requests that a page starts when it is left: more would not fit into those 64 KiB. */
  leaveRequestsMax: 2,
  /** How long an event waits for others to share a request. */
  batchMs: 1000,
  requestMs: 20_000,
  /** Another tab is sending, or something came meanwhile: look again after this. */
  busyMs: 1000,
  /** Pauses after a failure double from the first to the last, each shortened by chance by up to a half. */
  backoffFirstMs: 1000,
  backoffMostMs: 5 * 60 * 1000,
  /** The longest pause that an engine may ask for. */
  retryAfterMostMs: 60 * 60 * 1000,
  /** A session ends after this long without an event. */
  sessionIdleMs: 30 * 60 * 1000,
  /** A product was seen when this share of it was visible for this long (what the Media Rating Council calls viewable). */
  visibleShare: 0.5,
  visibleMs: 1000,
  /** Products of a list that one event reports. */
  listProductsMax: 50,
  /** Products that a page remembers to have reported. */
  seenProductsMax: 2000,
  /** How long after a click on a product its page says which list it was opened from. */
  clickMs: 30 * 60 * 1000,
  /** Frameworks set the title of a page after its address. */
  titleMs: 50,
  textCharactersMax: 1000,
} as const;
