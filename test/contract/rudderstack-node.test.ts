import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContractRig, expectOnePerson, HARDSHIPS, startRig } from './support/contract-rig.ts';
import { runProgram } from './support/run-program.ts';
import { readSnippet } from './support/snippet.ts';

let rig: ContractRig;

beforeAll(async () => {
  rig = await startRig({ faults: HARDSHIPS });
});
afterAll(() => rig?.stop());

it('@rudderstack/rudder-sdk-node brings one person and every event once, through overload, outage, restart and repeats', async () => {
  const code = readSnippet('rudderstack-node', { address: rig.proxy.address, key: rig.writeKey });
  const { output, ...end } = await runProgram(rig.directory, code);
  expect({ ...end, output }).toMatchObject({ code: 0 });
  const identifiers = { anonymous_id: ['visitor-1'], user_id: ['u-1'], email: ['ann@example.com'] };
  await expectOnePerson(rig, { identifiers });
  const { deliveries } = rig.proxy;
  expect(new Set(deliveries.map(({ path }) => path))).toEqual(new Set(['/v1/batch']));
  // Gzip that says it is a form.
  expect(deliveries[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(JSON.parse(gunzipSync(deliveries[0]?.body ?? '').toString())).toHaveProperty('batch');
});
