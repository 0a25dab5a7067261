import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONSERVATION_CODES } from '../../src/model/conservation.ts';
import { conservationReport, reader, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const get = (query = '', headers: Record<string, string> = reader) =>
  server.app.inject({ url: `/v1/analytics/conservation${query}`, headers });

describe('GET /v1/analytics/conservation', () => {
  it('answers the report, with what requests brought in its minutes', async () => {
    const answer = await get();
    expect(answer.statusCode).toBe(200);
    const intake = { source: 'shop', received: 3, logged: 1, quarantined: 1, refused: 1 };
    expect(answer.json()).toEqual({
      ...conservationReport,
      notes: [],
      intake: [{ minute: conservationReport.from, ...intake }],
    });
    expect((await get('?logs=1')).json().notes).toEqual(conservationReport.notes);
  });

  it('reads times of several forms, and refuses what is none', async () => {
    const { from, to } = (await get('?from=2026-11-21T10:00:00Z&to=1795255200000')).json();
    expect([from, to]).toEqual([Date.UTC(2026, 10, 21, 10), 1_795_255_200_000]);
    for (const query of ['?from=soon', '?logs=2', '?minutes=5'])
      expect([query, (await get(query)).json().code]).toEqual([query, 'invalid_parameter']);
  });

  it('is for keys that may read', async () => {
    expect((await get('', { authorization: `Bearer ${WRITE_KEY}` })).statusCode).toBe(403);
    expect((await get('', {})).statusCode).toBe(401);
  });

  it('exports the newest look as metrics, by code', async () => {
    const { body } = await server.app.inject({ url: '/metrics', headers: reader });
    expect(body).toContain('tessera_conservation_difference{code="outcome_missing"} 1\n');
    expect(body).toContain('tessera_conservation_difference{code="rows_missing"} 0\n');
    expect(body).toContain('tessera_conservation_unexplained 1\n');
    expect(body).toContain(`tessera_conservation_time_seconds ${Number(conservationReport.as_of) / 1_000}\n`);
    expect(body).toContain('tessera_intake_received{source="shop"} 6\n');
  });
});

describe('the alerts over the books', () => {
  const file = new URL('../../deploy/prometheus/conservation.rules.yaml', import.meta.url);
  const { groups }: { groups: { rules: { alert: string; expr: string }[] }[] } = parse(
    readFileSync(file, 'utf8'),
  );

  it.each(groups.flatMap(({ rules }) => rules))('$alert asks for what is exported', async ({ expr }) => {
    const { body } = await server.app.inject({ url: '/metrics', headers: reader });
    const metrics = expr.match(/tessera_\w+/g) ?? [];
    expect(metrics.length).toBeGreaterThan(0);
    for (const metric of metrics) expect(body).toContain(`# TYPE ${metric} gauge`);
    for (const [, code] of expr.matchAll(/code="(\w+)"/g)) expect(CONSERVATION_CODES).toContain(code);
  });
});
