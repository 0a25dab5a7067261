import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EngineApi } from '../e2e/support/engine-api.ts';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith, requireServer } from '../support/find-server.ts';
import { claimOf } from './support/claims.ts';
import { GuideShell } from './support/guide-shell.ts';
import { fencesOf, ROOT } from './support/pages.ts';

/*
 * The first deployment of docs/deployment.md as it is written there, in one shell: servers, keys, two nodes. Only the ports are
 * others. On it runs the program of docs/streams.md that listens to NATS.
 */
const OWN = 'test/guides/deployment.test.ts';
const ownBlock = (page: string): string =>
  fencesOf(page).find((fence) => claimOf(fence)?.by === OWN)?.text ?? '';

describeWith(['nats-server', 'redis-server'], 'the first deployment', () => {
  const place = new EnginePlace();
  let terminal: ChildProcess;
  let output = '';
  let a: EngineApi;
  let b: EngineApi;
  let shell: GuideShell;

  beforeAll(async () => {
    const ports = new Map<string, string>();
    for (const usual of ['4222', '6379', '8080', '8081']) ports.set(usual, String(await freePort()));
    const moved = (text: string): string => text.replaceAll(/\b\d{4}\b/g, (port) => ports.get(port) ?? port);
    const url = moved('nats://127.0.0.1:4222');
    shell = new GuideShell(place.path, { TESSERA_NATS_URL: url });
    const { port: natsPort } = new URL(url);
    shell.addProgram(
      'nats-server',
      `exec '${requireServer('nats-server')}' -a 127.0.0.1 -p ${natsPort} "$@"\n`,
    );
    shell.addProgram(
      'redis-server',
      `exec '${requireServer('redis-server')}' --port ${ports.get('6379')} "$@"\n`,
    );
    for (const name of ['node_modules', 'package.json']) symlinkSync(join(ROOT, name), place.file(name));

    const typed = `${moved(ownBlock('docs/deployment.md'))}\necho "key: $TESSERA_SECRET_KEY"\nwait`;
    terminal = spawn('bash', ['-c', typed], { cwd: place.path, env: shell.env, detached: true });
    for (const stream of [terminal.stdout, terminal.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    await waitUntil('the key', () => /^key: sk_\S+$/m.test(output));
    const secret_key = /^key: (\S+)$/m.exec(output)?.[1] ?? '';
    const apiAt = (port: string): EngineApi =>
      new EngineApi({ address: moved(`http://127.0.0.1:${port}`), write_key: '', secret_key });
    a = apiAt('8080');
    b = apiAt('8081');
    for (const node of [a, b]) {
      await waitUntil(`a node that is ready: ${output}`, async () => {
        if (terminal.exitCode !== null) return false;
        const answer = await node.get('/readyz', { key: 'none' }).catch(() => undefined);
        return answer?.status === 200;
      });
    }
  }, 120_000);
  afterAll(async () => {
    if (terminal !== undefined) {
      process.kill(-(terminal.pid ?? 0), 'SIGTERM');
      await once(terminal, 'close');
    }
    await place.remove();
  }, 60_000);

  const look = (n: number, phone: string): object => ({
    ...{ id: `${phone}-${n}`, type: 'product_viewed', identifiers: { phone } },
    properties: { item_id: 'spu-8', category: 'women/plus-size/dresses', price: 389 },
    consent: { marketing: { sms: true } },
  });

  it('takes an event on one node, and answers for the person on the other', async () => {
    await b.apply([look(1, '13900001111')]);
    const { features } = await a.profile('phone:13900001111');
    expect(features.views_1h).toMatchObject({ value: 1 });
  });

  it('tells NATS of decisions, for programs that listen as the page says', async () => {
    writeFileSync(place.file('listen.mjs'), ownBlock('docs/streams.md'));
    let heard: string | undefined;
    const listening = shell.run('node listen.mjs').then((text) => {
      heard = text;
    });
    for (let n = 0; heard === undefined; n++) {
      const phone = `139${20_000_000 + n}`;
      await a.apply([1, 2, 3].map((each) => look(each, phone)));
    }
    await listening;
    expect(JSON.parse(heard ?? '')).toMatchObject({
      trigger: expect.any(String),
      decision: expect.any(String),
    });
  }, 60_000);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
