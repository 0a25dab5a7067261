/** What the process ends with, the same for every command; `docs/commands.md` has the table, and helps say what it means for them. */
export const exitCodes = Object.freeze({
  /** It was done. */
  done: 0,
  /** It was not: something failed, the engine refused it or was not there. */
  failed: 1,
  /** The command line, or what a file holds that it names, is wrong. Nothing was done. */
  usage: 2,
  /** It was done, and found something to look at: rows that were rejected, events that failed again, faults, differences. */
  found: 3,
});
