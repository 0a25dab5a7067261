import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContractRig, expectOnePerson, STORY, startRig } from './support/contract-rig.ts';
import { runProgram } from './support/run-program.ts';
import { readSnippet } from './support/snippet.ts';

let rig: ContractRig;

beforeAll(async () => {
  rig = await startRig({ faults: [] });
});
afterAll(() => rig?.stop());

it('sa-sdk-node brings one person, and every event once although each arrives twice', async () => {
  const code = readSnippet('sensors-node', { address: rig.proxy.address, key: rig.writeKey });
  expect(await runProgram(rig.directory, code)).toEqual({ code: 0, output: '' });
  await expectOnePerson(rig, {
    identifiers: { user_id: ['u-1'], email: ['ann@example.com'] },
    events: { ...STORY, profile_identified: 2 },
  });
  expect(rig.proxy.deliveries.map(({ path }) => path.split('?', 1)[0])).toEqual(Array(5).fill('/sa'));
});
