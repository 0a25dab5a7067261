import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { historyAddress, settingsOfProcess } from '../../src/engine/process-settings.ts';
import { TesseraError } from '../../src/errors.ts';

const SERVERS = {
  TESSERA_NATS_URL: 'nats://n:4222',
  TESSERA_REDIS_URL: 'redis://r',
  TESSERA_DATA_DIR: '/data',
  TESSERA_PROCESSES: '3',
};
const secrets = { writeKey: 'wk', secretKey: 's/k@:%', masterKey: new Uint8Array(32) };

function configOf(env: Record<string, string> = {}): Config {
  const readFile = (): never => {
    throw new TesseraError('internal', 'there is no file');
  };
  return loadConfig({ env: { ...SERVERS, ...env }, flags: {}, readFile });
}

const ports = (config: Config): readonly (number | undefined)[] =>
  [1, 2, 3].map((process) => settingsOfProcess(config, process, secrets).historyPort);
const roles = (config: Config): readonly string[] =>
  [1, 2, 3].map((process) => settingsOfProcess(config, process, secrets).roles.join(' '));

describe('the settings of several processes', () => {
  it('have the port and the keys in common, and a directory each; the first one has that of the node', () => {
    const config = configOf();
    const settings = [1, 2, 3].map((process) => settingsOfProcess(config, process, secrets));
    expect(settings.map(({ dataDirectory }) => dataDirectory)).toEqual([
      '/data',
      '/data/process-2',
      '/data/process-3',
    ]);
    for (const each of settings) {
      expect(each).toMatchObject({ port: 8080, processes: 1, ...secrets });
    }
  });

  it('have no write key that a node of a deployment has made up', () => {
    const readFile = (): never => {
      throw new TesseraError('internal', 'there is no file');
    };
    const serve = (env: Record<string, string>) =>
      loadConfig({ env: { ...SERVERS, ...env }, flags: { needsServers: true }, readFile });
    expect(settingsOfProcess(serve({}), 2, secrets).writeKey).toBeUndefined();
    const given = `wk_${'a'.repeat(32)}`;
    expect(settingsOfProcess(serve({ TESSERA_WRITE_KEY: given }), 2, secrets).writeKey).toBe(given);
  });

  it('let one of them keep history where no server does, and show it to the others', () => {
    const config = configOf();
    expect(roles(config)).toEqual([
      'ingest engine history serve',
      'ingest engine serve',
      'ingest engine serve',
    ]);
    expect(ports(config)).toEqual([0, undefined, undefined]);
    expect(ports(configOf({ TESSERA_HISTORY_PORT: '8123' }))).toEqual([8123, undefined, undefined]);
  });

  it('let all of them keep history where a server does', () => {
    const config = configOf({ CLICKHOUSE_URL: 'http://c:8123' });
    expect(roles(config)).toEqual(Array(3).fill('ingest engine history serve'));
    expect(ports(config)).toEqual([undefined, undefined, undefined]);
  });

  it('let nobody keep it where the node does not', () => {
    const config = configOf({ TESSERA_ROLES: 'ingest,serve' });
    expect(roles(config)).toEqual(Array(3).fill('ingest serve'));
    expect(ports(config)).toEqual([undefined, undefined, undefined]);
  });

  it('name the history of one with a key of any characters', () => {
    const address = historyAddress('http://127.0.0.1:5000', secrets);
    expect(decodeURIComponent(new URL(address).password)).toBe(secrets.secretKey);
    expect(new URL(address).host).toBe('127.0.0.1:5000');
  });
});
