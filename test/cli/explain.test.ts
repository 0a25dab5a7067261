import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { registerExplain } from '../../src/cli/explain.ts';
import type { JsonObject } from '../../src/model/json.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Runs the command against an engine that gives this answer. */
async function run(args: readonly string[], [status, answer]: readonly [number, JsonObject]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  let [out, err, code] = ['', '', 0];
  const program = new Command().exitOverride();
  registerExplain(program, {
    key: 'sk_x',
    writeKey: undefined,
    // A server that listens on a port has an address with one.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    isTty: false,
    clock: { now: () => 0 },
    setExitCode: (given) => {
      code = given;
    },
  });
  await program.parseAsync(['node', 'tessera', 'explain', ...args]);
  return { asked, out, err, code };
}

const explanation: JsonObject = {
  profile_id: 'p-1',
  trigger: 'hesitation',
  says: ['2 of 3 product_viewed within 30m', 'complete now, it would be suppressed: cooldown'],
  if_complete_now: {
    decision: 'suppressed',
    checks: [
      { check: 'kind', passed: true, kind: 'customer' },
      { check: 'cooldown', passed: false, until: 17 },
    ],
  },
};

describe('tessera explain', () => {
  it('tells the sentences, then each check with what it saw', async () => {
    const { asked, out, code } = await run(['phone:+8613900001111', 'hesitation'], [200, explanation]);
    expect(asked).toEqual(['GET /v1/profiles/phone%3A%2B8613900001111/explain?trigger=hesitation']);
    expect(out.split('\n')).toEqual([
      'hesitation for p-1',
      '  2 of 3 product_viewed within 30m',
      '  complete now, it would be suppressed: cooldown',
      '  yes  kind  kind customer',
      '  no   cooldown  until 17',
      '',
    ]);
    expect(code).toBe(0);
  });

  it('prints the answer with --json, and ends with 1 where the engine refuses', async () => {
    expect(JSON.parse((await run(['p-1', 'hesitation', '--json'], [200, explanation])).out)).toEqual(
      explanation,
    );
    const refused = await run(
      ['p-1', 'nothing'],
      [404, { code: 'not_found', detail: 'There is no such trigger.' }],
    );
    expect([refused.code, refused.err]).toEqual([1, 'explain: There is no such trigger. (not_found)\n']);
  });
});
