import { startNats, startRedis } from './servers.ts';

/** With `TEST_ON=servers`: one NATS and one Redis for all engines of the run, each of which has a space of its own. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TEST_ON !== 'servers') return undefined;
  // The server sets the room of every stream aside; here hundreds of them stay almost empty.
  const nats = await startNats({ jetstream: 'max_file_store: 100TB' });
  const redis = await startRedis({ appendonly: true, appendfsync: 'everysec' });
  process.env.TEST_NATS_URL = nats.url;
  process.env.TEST_REDIS_URL = redis.url;
  process.env.TEST_NATS_DIRECTORY = nats.directory;
  process.env.TEST_REDIS_DIRECTORY = redis.directory;
  return async () => {
    await nats.remove();
    await redis.remove();
  };
}
