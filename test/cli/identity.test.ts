import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerIdentity } from '../../src/cli/identity.ts';
import { TesseraError } from '../../src/errors.ts';
import { ALICE, NOBODY, READ_KEY, SECRET_KEY, type TestServer, testServer } from '../serve/fakes.ts';
import { applied } from '../serve/identity-fakes.ts';

let server: TestServer;
let url = '';
let directory = '';

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-identity-'));
  server = await testServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  // A TCP server that listens has an address with a port.
  url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

async function tessera(...argv: string[]): Promise<Ran> {
  let code: number | undefined;
  let out = '';
  let err = '';
  const program = new Command().exitOverride();
  program.configureOutput({ writeErr: () => undefined });
  registerIdentity(program, {
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
  for (const command of program.commands.flatMap((each) => each.commands)) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync(['identity', ...argv], { from: 'user' });
  return { code, out, err };
}

describe('tessera identity show', () => {
  it('prints the identifiers of a profile and why each belongs to it', async () => {
    const ran = await tessera('show', 'phone:13900001111');
    expect(ran).toEqual({
      code: undefined,
      err: '',
      out: `profile ${ALICE}
facets: 2, 1 of them closed; events: 5
merged from: p-2, p-3
kept apart from: p-4
shared with others: device_id:t***
old facets were folded into one, which cannot be taken apart

identifier                state          since                     because
phone:+8613900001111      verified       2026-11-21T10:00:00.123Z  verified with member_id:(not readable) in e-1 from pos
                                                                   weak with one that left in e-2 from web
member_id:(not readable)  stated, alias  2026-11-21T10:00:00.123Z  command with phone:+8613900001111 by operator
`,
    });
  });

  it('prints the answer as it is with --json', async () => {
    const ran = await tessera('show', ALICE, '--json', '--key', READ_KEY);
    expect(JSON.parse(ran.out)).toMatchObject({
      profile_id: ALICE,
      identifiers: [{ value: '139****1111' }, {}],
    });
  });

  it('fails with 1 where nobody is known, the key is not, or no engine answers', async () => {
    expect(await tessera('show', NOBODY)).toEqual({
      code: 1,
      out: '',
      err: 'identity: No profile has this id or identifier. (profile_not_found)\n',
    });
    const strange = await tessera('show', ALICE, '--key', 'sk_unknown', '--json');
    expect([strange.code, JSON.parse(strange.out).code]).toEqual([1, 'unauthorized']);
    const alone = await tessera('show', ALICE, '--url', 'http://127.0.0.1:1');
    expect([alone.code, alone.err]).toEqual([
      1,
      'identity: No engine answers at http://127.0.0.1:1. Start one with tessera dev, or say where it is by --url or TESSERA_URL. (engine_unreachable)\n',
    ]);
    expect((await tessera('show', ALICE, '--url', 'here')).code).toBe(2);
  });
});

describe('tessera identity merge and unmerge', () => {
  it('run the command and print what it did', async () => {
    server.services.people.outcome = applied({ profile_id: ALICE, merged: [NOBODY, 'p-3'] });
    const merged = await tessera('merge', 'phone:1', 'email:a@b.co');
    expect(merged.out).toBe(`profile id: ${ALICE}\nmerged: ${NOBODY}, p-3\n`);
    server.services.people.outcome = applied({ profile_id: ALICE, new_profile_id: NOBODY, facets: 2 });
    const split = await tessera('unmerge', 'phone:1', '--from', 'phone:2');
    expect(split.out).toBe(`profile id: ${ALICE}\nnew profile id: ${NOBODY}\nfacets: 2\n`);
    expect(server.services.people.commanded.map(({ command }) => command)).toEqual([
      { type: 'merge', identifiers: ['phone:h-1', 'email:h-a@b.co'] },
      { type: 'split', identifier: 'phone:h-1', from: 'phone:h-2' },
    ]);
  });

  it('end with 2 for what is no identifier, and with 1 for what is refused', async () => {
    expect((await tessera('merge', 'phone:bad', 'phone:1')).code).toBe(2);
    server.services.people.outcome = {
      status: 'refused',
      code: 'identifier_not_found',
      profileId: '',
      firings: [],
    };
    const ran = await tessera('unmerge', 'phone:1');
    expect([ran.code, ran.err]).toEqual([
      1,
      'identity: Nobody holds this identifier. (identifier_not_found)\n',
    ]);
  });
});

describe('tessera identity reviews and decide', () => {
  it('print the queue, without what a terminal would obey', async () => {
    const ran = await tessera('reviews', '--status', 'open', '--limit', '1');
    expect(ran.out).toBe(`n  kind       status  age  the same person?                 reason
7  duplicate  open    3 d  member_id:M*** = member_id:N***  one ?[31mphone
3 open
more: --after 7
`);
    expect(server.services.people.reviewRequests).toEqual([{ status: 'open', limit: 1, after: 0 }]);
  });

  it('take a decision with a note', async () => {
    server.services.people.outcome = applied({ review: 7, status: 'rejected' });
    const ran = await tessera('decide', '7', 'reject', '--note', 'two sisters');
    expect(ran.out).toBe('review: 7\nstatus: rejected\n');
    expect(server.services.people.commanded[0]?.command).toEqual({
      type: 'decide',
      review: 7,
      decision: 'reject',
      note: 'two sisters',
    });
    expect((await tessera('decide', '7', 'perhaps')).code).toBe(2);
  });

  it('know their choices and arguments', async () => {
    await expect(tessera('reviews', '--status', 'new')).rejects.toMatchObject({ exitCode: 1 });
    await expect(tessera('decide', '7')).rejects.toMatchObject({ code: 'commander.missingArgument' });
  });
});

describe('tessera identity simulate', () => {
  const policyFile = (text = 'name: looser\n'): string => {
    const path = join(directory, 'identity.yaml');
    writeFileSync(path, text);
    return path;
  };

  /** Ends the simulation as soon as it has begun. */
  const finish = async (how: 'done' | TesseraError): Promise<void> => {
    while (server.services.people.simulated.length === 0) await new Promise(setImmediate);
    server.services.people.finishSimulation(how);
  };

  it('sends the policy, follows the job, and prints the report', async () => {
    const [ran] = await Promise.all([
      tessera('simulate', '--policy', policyFile(), '--from', '2026-11-01'),
      finish('done'),
    ]);
    expect(ran.out).toBe('merges: 2\n\nlargest:\nprofile id  identifiers\np           9\n');
    expect(server.services.people.simulated).toEqual([
      { policy: { name: 'name: looser\n' }, range: { from: Date.UTC(2026, 10, 1) } },
    ]);
  });

  it('fails with 1 when the job does, and with 2 for a policy that is not valid or not there', async () => {
    const [failed] = await Promise.all([
      tessera('simulate', '--policy', policyFile(), '--json'),
      finish(new TesseraError('history_unavailable')),
    ]);
    expect([failed.code, JSON.parse(failed.out)]).toEqual([
      1,
      {
        code: 'job_failed',
        detail: 'The simulation failed: History cannot be queried now. (history_unavailable)',
      },
    ]);
    expect((await tessera('simulate', '--policy', policyFile('broken'))).code).toBe(2);
    expect((await tessera('simulate', '--policy', join(directory, 'absent.yaml'))).code).toBe(2);
  });
});

describe('tessera identity lint', () => {
  it('prints how identifiers and profiles spread over each other', async () => {
    const ran = await tessera('lint');
    expect(ran.out).toBe(`type   values  profiles  values per profile  profiles per value  verdict
phone  120     100       1 / 3 / 5           1 / 1 / 1           ideal
spreads are median / 99th percentile / largest
`);
  });

  it('says why there is none', async () => {
    server.services.quality.report = () => Promise.reject(new TesseraError('history_unavailable'));
    expect(await tessera('lint')).toMatchObject({
      code: 1,
      err: 'identity: History cannot be queried now. (history_unavailable)\n',
    });
  });
});
