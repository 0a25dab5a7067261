import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { registerLoyalty } from '../../src/cli/loyalty.ts';
import type { JsonObject } from '../../src/model/json.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Runs the command against an engine that gives this answer. */
async function run(args: readonly string[], status: number, body: JsonObject) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`, await text(request));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  let [out, err, code] = ['', '', 0];
  const program = new Command().exitOverride();
  registerLoyalty(program, {
    key: 'sk_x',
    // A server that listens on a port has an address with one.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stdout: { write: (written: string) => (out += written) },
    stderr: { write: (written: string) => (err += written) },
    isTty: false,
    clock: { now: () => 0 },
    setExitCode: (given) => {
      code = given;
    },
  });
  await program.parseAsync(['node', 'tessera', 'loyalty', ...args]);
  return { asked, out, err, code };
}

const ledger: JsonObject = {
  profile_id: 'p-1',
  points: 83,
  pending: 10,
  debt: 0,
  tier: 'silver',
  tier_until: 1_826_791_200_123,
  lots: [{ lot: 'o:default:1', by: 'order', available: 83, pending: 0, available_at: 0, expires_at: null }],
  entries: [
    { at: 0, kind: 'earn', change: 83, amount: 83, lot: 'o:default:1', event_id: 'e\u001b1', by: 'order' },
  ],
};

describe('tessera loyalty', () => {
  it('shows the balance, the lots and the entries, without what would reach the terminal', async () => {
    const { asked, out, code } = await run(['show', 'member_id:M-1', '--limit', '5'], 200, ledger);
    expect(asked[0]).toBe('GET /v1/profiles/member_id%3AM-1/points?limit=5');
    expect(out).toContain('points 83, pending 10, debt 0, tier silver until 2027-11-21T');
    expect(out).toMatch(/o:default:1 +order +83 +0 +1970-01-01T00:00:00.000Z\n/);
    expect(out).toContain('e?1');
    expect(code).toBe(0);
  });

  it('gives points, and takes them', async () => {
    const given = await run(['adjust', 'p-1', '200', '--reason', 'late', '--id', 't-1'], 200, ledger);
    expect(JSON.parse(given.asked[1] ?? '')).toEqual({
      profile: 'p-1',
      points: 200,
      reason: 'late',
      id: 't-1',
    });
    const taken = await run(['adjust', 'p-1', '--reason', 'twice', '--', '-50'], 200, {
      ...ledger,
      already: true,
    });
    expect(JSON.parse(taken.asked[1] ?? '')).toEqual({ profile: 'p-1', points: -50, reason: 'twice' });
    expect(taken.out).toContain('had been made before');
  });

  it('says what the engine refused, as JSON where that is asked for', async () => {
    const problem = { code: 'profile_not_found', detail: 'No profile.', status: 404 };
    const { out, err, code } = await run(['show', 'x', '--json'], 404, problem);
    expect(JSON.parse(out)).toMatchObject({ code: 'profile_not_found' });
    expect(err).toContain('(profile_not_found)');
    expect(code).toBe(1);
  });
});
