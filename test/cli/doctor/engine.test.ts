import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findingTable } from '../../../src/model/finding.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { wholeProgram } from '../whole-program.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const ROOT = new URL('../../../', import.meta.url);

type Answers = Readonly<Record<string, JsonObject | string | readonly [number, JsonObject]>>;

/** What an engine answers that is well. */
const WELL: Answers = {
  '/version': { name: 'tessera', version: '0.0.0' },
  '/readyz': { status: 'ready', reasons: [], lag: { people: 0, history: 0 } },
  '/metrics': 'tessera_history_lag_seconds{partition="p0"} 0.4\n',
  '/v1/analytics/conservation': { totals: { received: 1_000, quarantined: 1 } },
  '/v1/quarantine/counts': { events: 1, counts: [{ code: 'invalid_time', source: 'web', events: 1 }] },
  '/v1/privacy/erasures': { erasures: [{ id: 'er-1', status: 'done', requested_at: NOW - 86_400_000 }] },
  '/v1/webhooks': { webhooks: [{ name: 'crm', state: 'closed', waiting: 0, dead: 0, failures_in_a_row: 0 }] },
  '/v1/keys': {
    keys: [
      { name: 'server', kind: 'secret', from: 'settings', status: 'live', origins: null, expires_at: null },
      { name: 'web', kind: 'write', from: 'settings', status: 'live', origins: 'any', expires_at: null },
      { name: 'old', kind: 'write', from: 'api', status: 'revoked', origins: 'any', expires_at: NOW + 1 },
    ],
  },
  '/v1/master-key': { id: '5f1c2b4a', previous: null },
};

let server: Server;
let answers: Answers;
let date = NOW;

beforeEach(async () => {
  answers = WELL;
  date = NOW;
  server = createServer((request, response) => {
    const found = answers[(request.url ?? '').split('?')[0] ?? ''] ?? [404, { code: 'not_found' }];
    const [status, body] = Array.isArray(found) ? found : [200, found];
    response.writeHead(status, { date: new Date(date).toUTCString() });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function look(changed: Answers = {}, ...flags: readonly string[]) {
  answers = { ...WELL, ...changed };
  const { program, written } = wholeProgram({}, { clock: { now: () => NOW } });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await program.parseAsync(['doctor', 'engine', '--url', url, '--json', ...flags], { from: 'user' });
  const { findings } = JSON.parse(written.out) as { findings: readonly JsonObject[] };
  return { code: written.code, found: findings.map(({ code, at }) => [code, at]), findings };
}

describe('tessera doctor engine', () => {
  it('finds nothing in an engine that is well', async () => {
    expect(await look({}, '--strict')).toMatchObject({ code: 0, found: [] });
  });

  const stories: readonly (readonly [string, Answers, string])[] = [
    ['not_ready', { '/readyz': [503, { status: 'not_ready', reasons: ['the event log is full'] }] }, 'url'],
    ['degraded', { '/readyz': { status: 'degraded', reasons: ['history is not written now'] } }, 'url'],
    ['events_waiting', { '/readyz': { status: 'ready', reasons: [], lag: { people: 10_001 } } }, 'url'],
    [
      'history_behind',
      { '/metrics': 'tessera_history_lag_seconds{partition="p3",process="1"} 11\n' },
      'partition p3',
    ],
    [
      'quarantine_growing',
      { '/v1/quarantine/counts': { events: 51, counts: [{ code: 'invalid_time', source: 'web' }] } },
      'quarantine',
    ],
    [
      'erasure_unfinished',
      {
        '/v1/privacy/erasures': {
          erasures: [{ id: 'er-2', status: 'running', requested_at: NOW - 3_600_001 }],
        },
      },
      'erasure er-2',
    ],
    [
      'webhook_failing',
      { '/v1/webhooks': { webhooks: [{ name: 'crm', state: 'open', waiting: 4, dead: 0 }] } },
      'webhook crm',
    ],
  ];
  it.each(stories)('finds %s, names the place, and ends with 3', async (code, changed, at) => {
    const looked = await look(changed);
    expect([looked.code, looked.found.length, looked.found[0]?.[0]]).toEqual([3, 1, code]);
    if (at !== 'url') expect(looked.found[0]?.[1]).toBe(at);
    expect(looked.findings[0]).toMatchObject({ mend: findingTable[code as 'degraded'][2] });
  });

  it('shows what may be meant so, and counts it with --strict', async () => {
    const doubtful: Answers = {
      '/version': { version: '0.0.1' },
      '/v1/webhooks': { webhooks: [{ name: 'crm', state: 'closed', waiting: 0, dead: 2 }] },
      '/v1/master-key': { id: '5f1c2b4a', previous: '00aabbcc' },
      '/v1/keys': {
        keys: [
          { name: 'pages', kind: 'write', from: 'api', status: 'live', origins: 'any', expires_at: null },
          { name: 'till', kind: 'secret', from: 'api', status: 'live', expires_at: NOW + 86_400_000 },
        ],
      },
    };
    const looked = await look(doubtful);
    expect([looked.code, looked.found]).toEqual([
      0,
      [
        ['version_differs', expect.any(String)],
        ['webhook_dead', 'webhook crm'],
        ['write_key_open', 'key pages'],
        ['key_expiring', 'key till'],
        ['master_key_rotating', 'master key'],
      ],
    ]);
    expect(await look(doubtful, '--strict')).toMatchObject({ code: 3 });
  });

  it('tells clocks that differ from the second that a header leaves out', async () => {
    for (const [ahead, found] of [
      [-2_900, 0],
      [-3_500, 1],
      [1_900, 0],
      [60_000, 1],
    ] as const) {
      date = NOW + ahead;
      expect([ahead, (await look()).found.length]).toEqual([ahead, found]);
    }
  });

  it('says once what the key may not ask, and goes on with the rest', async () => {
    const refused = [403, { code: 'forbidden', detail: 'The key lacks a scope.' }] as const;
    const looked = await look({ '/v1/keys': refused, '/v1/webhooks': refused });
    expect([looked.code, looked.found.map(([code]) => code)]).toEqual([3, ['engine_refuses']]);
  });
});

describe('the page about it', () => {
  const page = readFileSync(new URL('docs/doctor.md', ROOT), 'utf8');

  it('has every finding with its weight, what it means and how it is mended, and no other', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*) \| (.*) \|$/gm)].map((match) =>
      match.slice(1),
    );
    const table = Object.entries(findingTable).map(([code, texts]) => [code, ...texts]);
    expect(rows).toEqual(table);
  });

  it('names only files that are there', () => {
    const named = [...page.matchAll(/\b(?:docs|deploy)\/[\w./-]*\w/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });
});
