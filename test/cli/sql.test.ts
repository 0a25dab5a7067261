import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerSql } from '../../src/cli/sql.ts';

let server: Server;
let url = '';
let asked: unknown[] = [];
let answer = { status: 200, text: '1\n' };

beforeEach(async () => {
  asked = [];
  answer = { status: 200, text: '1\n' };
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push([request.url, request.headers.authorization, JSON.parse(Buffer.concat(chunks).toString())]);
    response.writeHead(answer.status).end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that listens has an address with a port.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.close();
});

async function tessera(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const ran = { code: 0, out: '', err: '' };
  const write = (to: 'out' | 'err', text: string): void => {
    ran[to] += text;
  };
  const program = new Command().exitOverride();
  registerSql(program, {
    key: 'sk_1',
    url,
    stdout: { write: (text: string) => write('out', text) },
    stderr: { write: (text: string) => write('err', text) },
    isTty: false,
    clock: { now: () => 0 },
    setExitCode: (code) => {
      ran.code = code;
    },
  });
  await program.parseAsync(['sql', ...argv], { from: 'user' });
  return ran;
}

describe('tessera sql', () => {
  it('prints what the engine answers', async () => {
    expect(await tessera('SELECT 1')).toEqual({ code: 0, out: '1\n', err: '' });
    await tessera('SELECT 1', '--json', '--key', 'sk_2');
    expect(asked).toEqual([
      ['/v1/sql', 'Bearer sk_1', { query: 'SELECT 1', format: 'PrettyCompact' }],
      ['/v1/sql', 'Bearer sk_2', { query: 'SELECT 1', format: 'JSON' }],
    ]);
  });

  it('fails with 1 and the reason where the engine refuses the query', async () => {
    answer = { status: 400, text: JSON.stringify({ code: 'sql_error', detail: 'No such table.' }) };
    expect(await tessera('SELECT x')).toEqual({ code: 1, out: '', err: 'sql: No such table. (sql_error)\n' });
    answer = { status: 502, text: 'bad gateway' };
    expect((await tessera('SELECT x')).err).toBe('sql: The engine answered 502. (engine_unreachable)\n');
  });

  it('fails with 1 where no engine answers', async () => {
    const alone = await tessera('SELECT 1', '--url', 'http://127.0.0.1:1', '--json');
    expect([alone.code, alone.err]).toEqual([
      1,
      'sql: No engine answers at http://127.0.0.1:1. Start one with tessera dev, or say where it is by --url or TESSERA_URL. (engine_unreachable)\n',
    ]);
    expect(JSON.parse(alone.out)).toMatchObject({ code: 'engine_unreachable' });
    expect((await tessera('SELECT 1', '--url', 'here')).code).toBe(1);
  });
});
