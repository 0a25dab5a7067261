import type { StoredMsg } from '@nats-io/jetstream';
import { TesseraError } from '../../errors.ts';
import type { NatsLink } from './connection.ts';
import { isApiError, unavailable } from './failures.ts';

/**
 * One message by its number, the newest of a subject or its first from a number on, as the leader of the stream has it; undefined where there
 * is none. Fails with `log_unavailable`.
 */
export async function findMessage(
  link: NatsLink,
  stream: string,
  query:
    | { readonly seq: number }
    | { readonly last_by_subj: string }
    | { readonly seq: number; readonly next_by_subj: string },
): Promise<StoredMsg | undefined> {
  if (!link.connected) throw unavailable('NATS is away');
  try {
    return (await link.orAway(link.manager.streams.getMessage(stream, query))) ?? undefined;
  } catch (error) {
    throw unavailable(`stream ${stream} cannot be read`, error);
  }
}

/** Deletes one message and has its bytes overwritten; one that is gone already is fine. Fails with `log_unavailable`, or `log_misconfigured`. */
export async function deleteMessage(link: NatsLink, stream: string, seq: number): Promise<void> {
  try {
    await link.orAway(link.manager.streams.deleteMessage(stream, seq, true));
  } catch (error) {
    if ((await findMessage(link, stream, { seq })) === undefined) return;
    if (!isApiError(error)) throw unavailable(`a message of stream ${stream} cannot be deleted`, error);
    throw new TesseraError('log_misconfigured', `stream ${stream} lets nobody delete a message`, {
      cause: error,
    });
  }
}
