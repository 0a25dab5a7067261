/** What the visitor's clock shows, in epoch milliseconds. The engine corrects it by `sentAt`. */
export function pageNow(): number {
  return Date.now();
}
