import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContractRig, expectOnePerson, HARDSHIPS, startRig } from './support/contract-rig.ts';
import { runProgram } from './support/run-program.ts';
import { readSnippet } from './support/snippet.ts';

let rig: ContractRig;

beforeAll(async () => {
  rig = await startRig({ faults: HARDSHIPS });
});
afterAll(() => rig?.stop());

it('@segment/analytics-node brings one person and every event once, through overload, outage, restart and repeats', async () => {
  const code = readSnippet('segment-node', { address: rig.proxy.address, key: rig.writeKey });
  expect(await runProgram(rig.directory, code)).toEqual({ code: 0, output: '' });
  const identifiers = { anonymous_id: ['visitor-1'], user_id: ['u-1'], email: ['ann@example.com'] };
  await expectOnePerson(rig, { identifiers });
  expect(rig.proxy.deliveries.map(({ path, fault }) => [path, fault])).toEqual([
    ['/v1/batch', 429],
    ['/v1/batch', 503],
    ['/v1/batch', 'restart'],
    ['/v1/batch', 'twice'],
  ]);
});
