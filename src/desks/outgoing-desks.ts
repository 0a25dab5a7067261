import type { Topology } from '../cluster/topology.ts';
import type { WebhookSurroundings } from '../definitions/webhook-kind.ts';
import { assert } from '../errors.ts';
import type { Keyring } from '../ingest/keyring.ts';
import { createSealer } from '../ingest/seal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateReader, StateStore } from '../ports/state.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import { type Commands, type CommandsOptions, createCommands } from '../runner/commands.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { Coupons, Webhooks } from '../serve/outgoing-service.ts';
import type { Definitions as Kinds } from '../serve/services.ts';
import { createCouponDesk } from './coupon-desk.ts';
import { createWebhookDesk } from './webhook-desk.ts';

interface DeskParts {
  readonly topology: Topology;
  readonly clock: Clock;
  readonly store: StateStore;
  readonly state: StateReader;
  readonly log: Log;
  readonly logOf: (partition: string) => Log;
  readonly outcomes: CommandsOptions['board'];
  readonly keyring: Keyring;
  readonly sender: Pick<WebhookSender, 'check'>;
}

export interface OutgoingDesks {
  readonly commands: Commands;
  readonly webhooks: Webhooks;
  readonly coupons: Coupons;
}

/** What `serve` shows and changes of all that goes out, and the commands that codes of coupons come by. */
export function createOutgoingDesks(
  parts: DeskParts,
  { kinds, codec }: { readonly kinds: Kinds; readonly codec: EntryCodec },
): OutgoingDesks {
  const { topology, log, outcomes: board } = parts;
  const commands = createCommands({
    log,
    board,
    ...(topology.staged ? { partition: topology.identity } : {}),
  });
  const kindOf = (name: string) => {
    const kind = kinds.kind(name);
    assert(kind !== undefined, `there is a kind for ${name}`);
    return kind;
  };
  return {
    commands,
    webhooks: createWebhookDesk({ ...parts, codec, kind: kindOf('webhooks'), people: topology.people }),
    coupons: createCouponDesk({ ...parts, codec, kind: kindOf('coupons'), commands }),
  };
}

/** Secrets of webhooks are sealed before they reach the log. */
export function webhookSurroundings({
  keyring,
  sender,
}: Pick<DeskParts, 'keyring' | 'sender'>): WebhookSurroundings {
  const sealer = createSealer(keyring);
  return {
    seal: (place, text) => sealer.seal(keyring.currentIntakeKey(), place, text),
    checkUrl: (url) => sender.check(url),
  };
}
