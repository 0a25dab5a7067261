import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerDoctor } from '../../src/cli/doctor.ts';
import type { JsonObject } from '../../src/model/json.ts';
import {
  ALICE,
  NOBODY,
  parityReport,
  READ_KEY,
  SECRET_KEY,
  type TestServer,
  testServer,
} from '../serve/fakes.ts';

const clean: JsonObject = {
  profiles: 20,
  profiles_skipped: 1,
  features: 1_200,
  features_skipped: 3,
  mismatch: 0,
  missing: 0,
  extra: 0,
  skipped_for: { folded: 1 },
  features_skipped_for: { defined_later: 2, input_defined_later: 1 },
  skipped_features: [
    { feature: 'late_views', reason: 'defined_later', profiles: 2 },
    { feature: 'late_double', reason: 'input_defined_later', profiles: 1 },
  ],
  as_of: 1,
  differences: [],
};

let server: TestServer;
let url = '';
let asked: unknown[];
let findings: JsonObject;

beforeEach(async () => {
  asked = [];
  findings = clean;
  server = await testServer();
  Object.assign(server.services.parity, {
    latest: parityReport,
    check: async (request: unknown) => {
      asked.push(request);
      return findings;
    },
  });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  // A TCP server that listens has an address with a port.
  url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

async function parity(...argv: string[]) {
  let code: number | undefined;
  let out = '';
  let err = '';
  const program = new Command().exitOverride();
  registerDoctor(program, {
    key: SECRET_KEY,
    url,
    stdout: {
      write: (text: string) => {
        out += text;
      },
    },
    stderr: {
      write: (text: string) => {
        err += text;
      },
    },
    isTty: false,
    clock: { now: () => 0 },
    setExitCode: (value) => {
      code = value;
    },
  });
  await program.parseAsync(['doctor', 'parity', ...argv], { from: 'user' });
  return { code, out, err };
}

describe('tessera doctor parity', () => {
  it('prints what was compared, and ends well where nothing differs', async () => {
    const ran = await parity();
    expect([ran.code, ran.out]).toEqual([
      undefined,
      `profiles compared  20 (skipped 1: folded 1)
features compared  1200 (skipped 3: defined_later 2, input_defined_later 1)
mismatch           0 (0.000 %)
missing in state   0 (0.000 %)
extra in state     0 (0.000 %)

skipped feature  reason               profiles
late_views       defined_later        2
late_double      input_defined_later  1
`,
    ]);
    await parity('--profiles', '7');
    await parity('--identifier', 'phone:13900001111');
    expect(asked).toEqual([{ profiles: 20 }, { profiles: 7 }, { ids: [ALICE] }]);
  });

  it('prints each difference, and says so by its exit code', async () => {
    const difference = {
      profile_id: ALICE,
      feature: 'views_1h',
      kind: 'missing',
      live: null,
      history: 3,
      as_of: 1,
    };
    findings = { ...clean, missing: 1, differences: [difference] };
    const ran = await parity();
    expect(ran.code).toBe(3);
    expect(ran.out).toContain('missing in state   1 (0.083 %)\n');
    expect(ran.out).toContain(`${ALICE}  views_1h  missing  null  3\n`);
    const json = await parity('--json');
    expect([json.code, JSON.parse(json.out)]).toEqual([3, findings]);
  });

  it('tells wrong usage from failures', async () => {
    expect(await parity('--profiles', 'many')).toMatchObject({ code: 2 });
    expect(await parity('--profiles', '0')).toMatchObject({ code: 2 });
    expect(await parity('--profiles', '7', '--identifier', ALICE)).toMatchObject({ code: 2 });
    const unknown = await parity('--identifier', NOBODY, '--json');
    expect([unknown.code, JSON.parse(unknown.out).code]).toEqual([1, 'profile_not_found']);
    expect(await parity('--key', READ_KEY)).toMatchObject({ code: 1, out: '' });
    expect(asked).toEqual([]);
  });
});
