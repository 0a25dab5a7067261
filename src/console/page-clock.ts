/** The time of this browser; what the engine says has times of its own. */
export function now(): number {
  return Date.now();
}
