import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContractRig, expectOnePerson, HARDSHIPS, startRig } from './support/contract-rig.ts';
import { runProgram } from './support/run-program.ts';
import { readSnippet } from './support/snippet.ts';

let rig: ContractRig;

beforeAll(async () => {
  rig = await startRig({ faults: HARDSHIPS });
});
afterAll(() => rig?.stop());

it('@snowplow/node-tracker brings one person and every event once, through overload, outage, restart and repeats', async () => {
  const code = readSnippet('snowplow-node', { address: rig.proxy.address, key: rig.writeKey });
  // It says so when an answer takes longer than it waits, and sends again.
  expect(await runProgram(rig.directory, code)).toMatchObject({ code: 0 });
  await expectOnePerson(rig, { identifiers: { user_id: ['u-1'], email: ['ann@example.com'] } });
});
