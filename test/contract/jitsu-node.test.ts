import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContractRig, expectOnePerson, startRig } from './support/contract-rig.ts';
import { runProgram } from './support/run-program.ts';
import { readSnippet } from './support/snippet.ts';

const SHOP = 'https://shop.example';
const APP_KEY = 'wk_app_0123456789012345678901234567';
const directory = mkdtempSync(join(tmpdir(), 'tessera-keys-'));
let rig: ContractRig;

beforeAll(async () => {
  const file = join(directory, 'tessera.yaml');
  writeFileSync(file, `write_key_origins: ['${SHOP}']\nkeys: [{ name: app, key: ${APP_KEY} }]\n`);
  rig = await startRig({ faults: [], settings: { TESSERA_CONFIG: file } });
});
afterAll(async () => {
  await rig?.stop();
  rmSync(directory, { recursive: true });
});

it('@jitsu/js on a server brings one person and every event once, though all of them arrive twice', async () => {
  const code = readSnippet('jitsu-node', { address: rig.proxy.address, key: rig.writeKey });
  expect(await runProgram(rig.directory, code)).toMatchObject({ code: 0 });
  const identifiers = { anonymous_id: ['visitor-1'], user_id: ['u-1'], email: ['ann@example.com'] };
  await expectOnePerson(rig, { identifiers });
});

it('keys of the configuration name the source, and origins of a key hold for pages', async () => {
  const send = async (key: string, origin: string): Promise<number> => {
    const headers = { 'x-write-key': `${key}:shop`, origin };
    const body = { type: 'page', anonymousId: 'visitor-2', messageId: `${key} ${origin}` };
    return (await rig.api().post('/api/s/page', body, { key: 'none', headers })).status;
  };
  expect(await send(rig.writeKey, 'https://evil.example')).toBe(403);
  expect(await send(rig.writeKey, SHOP)).toBe(200);
  expect(await send(APP_KEY, 'https://evil.example')).toBe(200);
  await rig.api().settled();
  const rows = await rig.api().sql("SELECT source FROM events WHERE event_id LIKE 'wk\\_%' ORDER BY source");
  expect(rows).toEqual([{ source: 'app' }, { source: 'web' }]);
});
