import type { StoredMsg } from '@nats-io/jetstream';
import type { NatsLink } from './connection.ts';
import { unavailable } from './failures.ts';

/**
 * One message by its number, or the newest of a subject, as the leader of the stream has it; undefined where there
 * is none. Fails with `log_unavailable`.
 */
export async function findMessage(
  link: NatsLink,
  stream: string,
  query: { readonly seq: number } | { readonly last_by_subj: string },
): Promise<StoredMsg | undefined> {
  if (!link.connected) throw unavailable('NATS is away');
  try {
    return (await link.orAway(link.manager.streams.getMessage(stream, query))) ?? undefined;
  } catch (error) {
    throw unavailable(`stream ${stream} cannot be read`, error);
  }
}
