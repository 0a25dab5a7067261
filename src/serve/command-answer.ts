import { type ErrorCode, TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { IdentityCommand } from '../model/record.ts';
import type { IdentityCommands } from './services.ts';

/** Why identity refuses a command; each is a problem with a status of its own. */
const refusals = [
  'identifier_not_found',
  'not_linked',
  'too_large',
  'review_not_found',
  'review_closed',
  'review_settled',
] as const satisfies readonly ErrorCode[];

/** Runs an operator's command and answers what it did; a refused one is an error with the code of the refusal. */
export async function answerCommand(
  commands: IdentityCommands,
  author: string,
  command: IdentityCommand,
): Promise<JsonObject> {
  const { status, code, detail = {} } = await commands.run(author, command);
  if (status === 'applied') return detail;
  const refusal = refusals.find((known) => known === code);
  throw new TesseraError(refusal ?? 'internal');
}
