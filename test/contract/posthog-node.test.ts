import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContractRig, expectOnePerson, HARDSHIPS, startRig } from './support/contract-rig.ts';
import { runProgram } from './support/run-program.ts';
import { readSnippet } from './support/snippet.ts';

let rig: ContractRig;

beforeAll(async () => {
  rig = await startRig({ faults: HARDSHIPS });
});
afterAll(() => rig?.stop());

it('posthog-node brings one person and every event once, through overload, outage, restart and repeats', async () => {
  const code = readSnippet('posthog-node', { address: rig.proxy.address, key: rig.writeKey });
  expect(await runProgram(rig.directory, code)).toEqual({ code: 0, output: '' });
  await expectOnePerson(rig, { identifiers: { user_id: ['u-1'], email: ['ann@example.com'] } });
  expect(rig.proxy.deliveries.map(({ path, fault }) => [path, fault])).toEqual([
    ['/batch/', 429],
    ['/batch/', 503],
    ['/batch/', 'restart'],
    ['/batch/', 'twice'],
  ]);
});
