import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeLog, type LogSuite } from '../../conformance/log.ts';
import { describeWith, requireServer } from '../../support/find-server.ts';
import { type PrivateServer, startNats } from '../../support/servers.ts';
import { NatsHome } from './nats-home.ts';

/** Words of the conformance suite, by the number of the message that holds each. */
const WORDS = ['', 'first', 'second', 'third'];

describeWith(['nats-server'], 'on NATS', () => {
  let server: PrivateServer;
  let spaces = 0;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.remove());

  const damage: LogSuite['damage'] = async (home, seq) => {
    if (!(home instanceof NatsHome)) return;
    await server.stop();
    flipBit(home.filesOf(server), WORDS[seq] ?? '');
    await server.restart();
  };
  const version = execFileSync(requireServer('nats-server'), ['-v']).toString();
  const keepsTheRest = /v2\.[0-9]\./.test(version);

  describeLog({
    name: 'NATS',
    createHome: async () => {
      spaces += 1;
      return new NatsHome(server, `s${spaces}`);
    },
    ...(keepsTheRest
      ? { damage }
      : {
          damageSkipped:
            'this version cuts a damaged stream off: a lost tail, which is tested with the faults',
        }),
  });
});

/** In the stream's files, where the word is stored. */
function flipBit(directory: string, word: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (!name.endsWith('.blk')) {
      // What the server derived from the messages it makes anew.
      rmSync(path);
      continue;
    }
    const stored = readFileSync(path);
    const at = stored.indexOf(word);
    stored.writeUInt8(stored.readUInt8(at) ^ 1, at);
    writeFileSync(path, stored);
  }
}
