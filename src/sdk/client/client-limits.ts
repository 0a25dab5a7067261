/** Every bound of the client. */
export const clientLimits = {
  /** For one attempt, unless the options say otherwise. */
  requestMs: 30_000,
  /** Further attempts after the first, unless the options say otherwise. */
  retries: 4,
  /** Pauses between attempts double from the first to the last, each shortened by chance by up to a half. */
  backoffFirstMs: 500,
  backoffMostMs: 30_000,
  /** The longest pause that an engine may ask for; a longer one is an error, with how long it asked. */
  retryAfterMostMs: 60_000,
  /** Streams say something every 15 seconds: one that is silent for this long is dead. */
  streamSilenceMs: 60_000,
  streamFrameCharactersMax: 4_000_000,
} as const;
