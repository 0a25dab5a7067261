const NEW_LINE = 10;
const ZERO = 48;

/** The first line of a moment, as `model/item-facts.ts` describes it. */
export function itemOf(moment: string): string {
  return moment.slice(0, moment.indexOf('\n'));
}

/** Namespace and number of the order that a moment is of; empty where it is of none. */
export function orderOf(moment: string): string {
  return moment.split('\n', ORDER_LINE + 1)[ORDER_LINE] ?? '';
}

const ORDER_LINE = 10;

/** The later one, then the one with the greater tie; of one event, two lines or two sets of identifiers, what they say decides. */
export function isNewer(a: string, b: string): boolean {
  const timeAtA = a.indexOf('\n') + 1;
  const timeAtB = b.indexOf('\n') + 1;
  const time = digitsFrom(a, timeAtA) - digitsFrom(b, timeAtB);
  if (time !== 0) return time > 0;
  const tie = digitsFrom(a, a.indexOf('\n', timeAtA) + 1) - digitsFrom(b, b.indexOf('\n', timeAtB) + 1);
  return tie !== 0 ? tie > 0 : a > b;
}

/** The whole number that begins there, up to the end of its line; without making a text of it, because this is what moments are put in order by. */
function digitsFrom(moment: string, from: number): number {
  let value = 0;
  for (let at = from; at < moment.length; at++) {
    const code = moment.charCodeAt(at);
    if (code === NEW_LINE) break;
    value = value * 10 + code - ZERO;
  }
  return value;
}
