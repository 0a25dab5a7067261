import { limits } from '../limits.ts';
import type { Event } from './event.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** One thing that a `consent` says, under the name of its register. */
export interface ConsentWord {
  /** `sharing`, `marketing.sms`; of a notice `notices.NAME`. */
  readonly name: string;
  /** Of a notice its version. */
  readonly value: boolean | number;
  /** Of a notice its version too: who was told of a later one has been told, whatever is said of an earlier one afterwards. */
  readonly rank: number;
}

const NOTICES = 'notices';

/** `{ marketing: { sms: true }, sharing: false, notices: { privacy: 3 } }` as its single words. */
export function* wordsOfConsent(consent: JsonObject): Generator<ConsentWord> {
  for (const purpose of Object.keys(consent)) {
    const value = consent[purpose];
    if (typeof value === 'boolean') yield { name: purpose, value, rank: 0 };
    else if (isJsonObject(value)) {
      for (const channel of Object.keys(value)) {
        const given = value[channel];
        const name = `${purpose}.${channel}`;
        if (purpose === NOTICES) {
          if (typeof given === 'number') yield { name, value: given, rank: given };
        } else if (typeof given === 'boolean') yield { name, value: given, rank: 0 };
      }
    }
  }
}

/** The notice that a register is about; undefined where it is a consent. */
export function noticeOf(name: string): string | undefined {
  return name.startsWith(`${NOTICES}.`) ? name.slice(NOTICES.length + 1) : undefined;
}

/** Version of the text that was agreed to, where the event says it. */
export function textVersionOf(event: Pick<Event, 'type' | 'consent' | 'properties'>): string | undefined {
  return saidOf(event, 'text_version');
}

/** How it was given or taken back, where the event says it. */
export function methodOf(event: Pick<Event, 'type' | 'consent' | 'properties'>): string | undefined {
  return saidOf(event, 'method');
}

/** In the consent itself, or in the properties of the event that is about nothing else. */
function saidOf(
  { type, consent, properties }: Pick<Event, 'type' | 'consent' | 'properties'>,
  field: 'text_version' | 'method',
): string | undefined {
  const said = consent?.[field] ?? (type === 'consent_changed' ? properties[field] : undefined);
  if (typeof said !== 'string' || said === '') return undefined;
  return said.slice(0, limits.consentTextCharactersMax);
}
