import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerDoctor } from '../../src/cli/doctor.ts';
import { TesseraError } from '../../src/errors.ts';
import type { SetupReport } from '../../src/model/finding.ts';
import type { JsonObject } from '../../src/model/json.ts';
import {
  ALICE,
  conservationReport,
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
let setup: SetupReport;

beforeEach(async () => {
  asked = [];
  findings = clean;
  setup = { findings: [], looked_at: ['settings'] };
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

const parity = (...argv: string[]) => doctor('parity', ...argv);

async function doctor(...argv: string[]) {
  let code: number | undefined;
  let out = '';
  let err = '';
  const program = new Command().exitOverride();
  const context = {
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
    clock: { now: () => Date.now() },
    setExitCode: (value: number) => {
      code = value;
    },
  };
  registerDoctor(program, context, { version: '0.1.0', examineSetup: async () => setup });
  await program.parseAsync(['doctor', ...argv], { from: 'user' });
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

describe('tessera doctor conservation', () => {
  const books = (changes: object) =>
    Object.assign(server.services.conservation, {
      report: async (question: unknown) => {
        asked.push(question);
        return { ...conservationReport, difference: 0, unexplained: 0, codes: {}, notes: [], ...changes };
      },
    });

  it('prints what was counted, logs included, and ends well where nothing is unexplained', async () => {
    books({ difference: 2, codes: { erased: 2 } });
    const ran = await doctor('conservation', '--from', '2026-11-21T10:00:00Z', '--to', '1795255200000');
    expect(asked).toEqual([{ from: Date.UTC(2026, 10, 21, 10), to: 1_795_255_200_000, logs: true }]);
    expect([ran.code, ran.out]).toEqual([
      undefined,
      `from         2026-11-21T09:57:00Z
to           2026-11-21T09:58:00Z
received     3
applied      1
duplicate    0
quarantined  1
refused      0
difference   2 (unexplained 0)

difference  events  meaning
erased      2       taken out of history with the people who were erased
`,
    ]);
  });

  it('names the minutes and what is wrong with them, and says so by its exit code', async () => {
    const minute = {
      ...{ minute: conservationReport.from, source: 'till', difference: 1, unexplained: 1 },
      ...conservationReport.totals,
      codes: { outcome_missing: 1 },
    };
    books({ difference: 1, unexplained: 1, codes: { outcome_missing: 1 }, minutes: [minute] });
    const ran = await doctor('conservation');
    expect(ran.code).toBe(3);
    expect(ran.out).toContain('2026-11-21T09:57:00Z  till    3         1           outcome_missing 1\n');
    expect(ran.out).toContain('please report it');
    expect(JSON.parse((await doctor('conservation', '--json')).out)).toMatchObject({ unexplained: 1 });
  });

  it('takes a log that has lost its tail for found, and a trimmed one for well', async () => {
    const note = { partition: 'p0', text: 'The log of p0.' };
    books({ notes: [{ ...note, code: 'log_trimmed' }] });
    expect(await doctor('conservation')).toMatchObject({ code: undefined });
    books({ notes: [{ ...note, code: 'log_lost_tail' }] });
    const ran = await doctor('conservation');
    expect(ran).toMatchObject({ code: 3 });
    expect(ran.out).toContain('log_lost_tail: The log of p0.\n');
  });

  it('tells wrong usage from failures', async () => {
    expect(await doctor('conservation', '--from', 'soon')).toMatchObject({ code: 2 });
    books({});
    Object.assign(server.services.conservation, {
      report: () => Promise.reject(new TesseraError('history_unavailable')),
    });
    expect(await doctor('conservation')).toMatchObject({ code: 1, out: '' });
  });

  it('makes every examination where none is named', async () => {
    books({});
    Object.assign(server.services.erasures, { list: async () => [] });
    const well = await doctor();
    expect(well.code).toBeUndefined();
    expect(well.out).toContain('Conservation: well\n');
    expect(well.out).toContain('State and history: well\n');
    findings = { ...clean, missing: 1 };
    const ill = await doctor('--json');
    expect(ill.code).toBe(3);
    expect(JSON.parse(ill.out)).toMatchObject({ conservation: { unexplained: 0 }, parity: { missing: 1 } });
  });
});
