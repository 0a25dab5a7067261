import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerLoyalty } from '../../src/cli/loyalty.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { runAgainst } from './answering-engine.ts';

const run = (args: readonly string[], status: number, body: JsonObject) =>
  runAgainst([[status, body]], registerLoyalty, ['loyalty', ...args]);

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
    expect(given.bodies[0]).toEqual({
      profile: 'p-1',
      points: 200,
      reason: 'late',
      id: 't-1',
    });
    const taken = await run(['adjust', 'p-1', '-50', '--reason', 'twice'], 200, {
      ...ledger,
      already: true,
    });
    expect(taken.bodies[0]).toEqual({ profile: 'p-1', points: -50, reason: 'twice' });
    expect(taken.out).toContain('had been made before');
  });

  it('says what the engine refused, as JSON where that is asked for', async () => {
    const problem = { code: 'profile_not_found', detail: 'No profile.', status: 404 };
    const { out, err, code } = await run(['show', 'x', '--json'], 404, problem);
    expect(JSON.parse(out)).toMatchObject({ code: 'profile_not_found' });
    expect(err).toContain('(profile_not_found)');
    expect(code).toBe(1);
  });

  it('takes the examples of its help as they stand', async () => {
    let help = '';
    const program = new Command().exitOverride().configureOutput({ writeOut: (text) => (help += text) });
    const context = { key: undefined, url: '', isTty: false, clock: { now: () => 0 } };
    const silent = { write: () => undefined };
    registerLoyalty(program, { ...context, stdout: silent, stderr: silent, setExitCode: () => undefined });
    await expect(program.parseAsync(['node', 'tessera', 'loyalty', '--help'])).rejects.toThrow('outputHelp');
    const examples = help.split('\n').filter((line) => line.startsWith('  tessera '));
    expect(examples).toHaveLength(3);
    for (const example of examples) {
      const words = [...example.trim().matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? '',
      );
      const { code } = await run(words.slice(2), 200, ledger);
      expect([example, code]).toEqual([example, 0]);
    }
  });
});
