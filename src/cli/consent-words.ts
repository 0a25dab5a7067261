import { TesseraError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';

/** A consent as people name it: a purpose, or one channel of it (`marketing.sms`). */
const NAME = /^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)?$/;

/** Whether something may be called so; whether it is a purpose of the deployment is for the engine to say. */
export function isConsentName(name: string): boolean {
  return NAME.test(name);
}

/** Words by name, as events carry them: `marketing.sms` becomes `{ marketing: { sms: … } }`. */
export function consentOf(words: ReadonlyMap<string, boolean | number>): JsonObject {
  const consent: Record<string, JsonValue> = {};
  const byChannel = new Map<string, Record<string, JsonValue>>();
  for (const [name, word] of words) {
    if (!isConsentName(name))
      throw new TesseraError(
        'invalid_parameter',
        'A consent is named like marketing.sms or personalization.',
      );
    const [purpose = name, channel] = name.split('.');
    const channels = byChannel.get(purpose);
    if (channel === undefined ? channels !== undefined : Object.hasOwn(consent, purpose) && !channels)
      throw new TesseraError('invalid_parameter', `${purpose} is named as a whole and by channel.`);
    if (channel === undefined) {
      consent[purpose] = word;
      continue;
    }
    const known = channels ?? {};
    known[channel] = word;
    byChannel.set(purpose, known);
    consent[purpose] = known;
  }
  return consent;
}
