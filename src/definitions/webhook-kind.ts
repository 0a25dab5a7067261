import { TesseraError } from '../errors.ts';
import { isWebhookSecret } from '../messages/sign-message.ts';
import type { DefinitionsEntry, Versioned } from '../model/definitions.ts';
import { HIDDEN, type WebhookDefinition } from '../model/webhook.ts';
import { headerPlace, secretPlace } from '../model/webhook-seal.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../serve/services.ts';
import { createWebhookCheck, type WrittenWebhook } from './definition-checks.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import { checkSet, checkUses, type DefinitionSet, setOf } from './definition-set.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { named } from './feature-kind.ts';
import { shownWebhook } from './shown-webhook.ts';

/** What keeps secrets out of the log and of answers. */
export interface WebhookSurroundings {
  /** Seals a text for its place, under a key of this space. */
  readonly seal: (place: { readonly facet: ''; readonly path: string }, text: string) => string;
  /** Fails with `webhook_refused` where an address may not be sent to. */
  readonly checkUrl: (url: string) => void;
}

/**
 * Webhooks: a kind like the others, but for what they keep secret. Secrets and values of headers are sealed before they
 * reach the log, and answers have `***` in their place, which leaves them as they are when it is sent back.
 */
export function createWebhookKind(
  { definitions }: Pick<DefinitionKindsOptions, 'definitions'>,
  { seal, checkUrl }: WebhookSurroundings,
  write: WriteDefinitions,
): DefinitionKind {
  const read = createWebhookCheck();
  /** What stands behind a definition that was answered: the routes hand it back to be put in force. */
  const sealedOf = new WeakMap<NamedDefinition, WebhookDefinition>();
  const planned = (entry: DefinitionsEntry, change: Change): DefinitionSet => {
    const before = setOf(entry);
    const next = { ...before, webhooks: change(before.webhooks ?? []) };
    checkUses(before, next);
    checkSet(next, definitions.reportingCurrency);
    return next;
  };
  const editor: DefinitionEditor = {
    check(name, body) {
      const written = read(named(name, body));
      checkUrl(written.url);
      const known = findIn(definitions.entry, name)?.definition;
      const wanted = sealedFrom(written, known, seal);
      planned(definitions.entry, withOne(wanted));
      const answer = shownWebhook(wanted);
      sealedOf.set(answer, wanted);
      return answer;
    },
    original(name) {
      find(definitions.entry, name);
      return undefined;
    },
    async put(definition, author) {
      const wanted = sealedOf.get(definition);
      if (wanted === undefined) throw new TesseraError('internal', 'a webhook was put without its check');
      const entry = await write(author, (before) => planned(before, withOne(wanted)));
      return answered(find(entry, wanted.name));
    },
    async remove(name, author) {
      await write(author, (before) => planned(before, (all) => all.filter((each) => each.name !== name)));
    },
  };
  return { list: () => (definitions.entry.webhooks ?? []).map(answered), editor };
}

type Change = (all: readonly WebhookDefinition[]) => readonly WebhookDefinition[];

function withOne(wanted: WebhookDefinition): Change {
  return (all) =>
    all.some(({ name }) => name === wanted.name)
      ? all.map((each) => (each.name === wanted.name ? wanted : each))
      : [...all, wanted];
}

function sealedFrom(
  written: WrittenWebhook,
  known: WebhookDefinition | undefined,
  seal: WebhookSurroundings['seal'],
): WebhookDefinition {
  const { secret: _secret, previous_secret: _previous, headers, decisions, ...rest } = written;
  return {
    ...rest,
    decisions: decisions ?? ['fired'],
    secrets: secretsFrom(written, known, (text) => seal(secretPlace(written.name), text)),
    ...(headers === undefined ? {} : { headers: headersFrom(written.name, headers, { known, seal }) }),
  };
}

/** The newest first. A new secret makes the one before it the previous one, until somebody says null. */
function secretsFrom(
  { secret = HIDDEN, previous_secret: previous }: WrittenWebhook,
  known: WebhookDefinition | undefined,
  seal: (text: string) => string,
): readonly string[] {
  const [current, former] = known?.secrets ?? [];
  const fresh = secret !== HIDDEN;
  const first = fresh ? seal(checked(secret, '/secret')) : current;
  if (first === undefined)
    throw new TesseraError('invalid_definition', '/secret: a webhook needs a secret to sign with', {
      path: '/secret',
    });
  if (previous === null) return [first];
  const standing = fresh ? current : former;
  const second =
    previous === undefined || previous === HIDDEN ? standing : seal(checked(previous, '/previous_secret'));
  return second === undefined ? [first] : [first, second];
}

function checked(secret: string, path: string): string {
  if (isWebhookSecret(secret)) return secret;
  const why = 'it must be whsec_ and 24 to 64 bytes in base64';
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

/** Names that the message itself has. */
const OWN =
  /^(?:webhook-.*|content-.*|host|connection|transfer-encoding|expect|upgrade|te|trailer|keep-alive)$/;
const PRINTABLE = /^[\t\x20-\x7e]*$/;

function headersFrom(
  webhook: string,
  headers: Readonly<Record<string, string>>,
  { known, seal }: { readonly known: WebhookDefinition | undefined } & Pick<WebhookSurroundings, 'seal'>,
): Readonly<Record<string, string>> {
  const sealed: Record<string, string> = {};
  for (const [written, value] of Object.entries(headers)) {
    const header = written.toLowerCase();
    const path = `/headers/${written}`;
    const refuse = (why: string): never => {
      throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
    };
    if (OWN.test(header)) refuse('it belongs to the message itself');
    if (!PRINTABLE.test(value)) refuse('it must be printable ASCII');
    sealed[header] =
      value === HIDDEN
        ? (known?.headers?.[header] ?? refuse('there is none yet that could stay'))
        : seal(headerPlace(webhook, header), value);
  }
  return sealed;
}

function answered({ definition, version, author, since }: Versioned<WebhookDefinition>): NamedDefinition {
  return {
    ...shownWebhook(definition),
    version,
    ...(author === undefined ? {} : { author }),
    ...(since === undefined ? {} : { since }),
  };
}

function findIn(entry: DefinitionsEntry, name: string): Versioned<WebhookDefinition> | undefined {
  return entry.webhooks?.find(({ definition }) => definition.name === name);
}

function find(entry: DefinitionsEntry, name: string): Versioned<WebhookDefinition> {
  const found = findIn(entry, name);
  if (found === undefined) throw new TesseraError('not_found', 'There is no definition of this name.');
  return found;
}
