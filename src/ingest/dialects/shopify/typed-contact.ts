import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { asObject, isGiven } from '../present.ts';

/**
 * Whether somebody may have typed what an object is known by: into a checkout, of which nothing has come yet; as an
 * address that the shop knows nobody has confirmed; or into an order, where the address or number is another one than the
 * customer's own. Two such values would make one of two people.
 */
export function isTyped(topic: string, object: JsonObject): boolean {
  if (topic.startsWith('checkouts/')) return true;
  if (topic.startsWith('customers/')) return object.verified_email === false;
  const customer = asObject(object.customer);
  if (customer.verified_email === false) return true;
  const address = isGiven(object.email) ? object.email : object.contact_email;
  return differs(address, customer.email, plainAddress) || differs(object.phone, customer.phone, digitsOf);
}

/** Nothing that was given differs from nothing; something differs from a customer who has none. */
function differs(
  given: JsonValue | undefined,
  own: JsonValue | undefined,
  plain: (text: string) => string,
): boolean {
  return isGiven(given) && (!isGiven(own) || plain(String(given)) !== plain(String(own)));
}

function plainAddress(text: string): string {
  return text.trim().toLowerCase();
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
