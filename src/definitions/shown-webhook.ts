import type { JsonObject } from '../model/json.ts';
import { HIDDEN, type WebhookDefinition } from '../model/webhook.ts';
import type { NamedDefinition } from '../serve/services.ts';

/** A webhook without what nobody is to see again; what is sent back so keeps it. */
export function shownWebhook({ secrets, headers, ...rest }: WebhookDefinition): NamedDefinition {
  const open: JsonObject = {
    secret: HIDDEN,
    ...(secrets.length > 1 ? { previous_secret: HIDDEN } : {}),
    ...(headers === undefined
      ? {}
      : { headers: Object.fromEntries(Object.keys(headers).map((header) => [header, HIDDEN])) }),
  };
  // What is left of a definition is plain JSON.
  return { ...rest, ...open } as NamedDefinition;
}
