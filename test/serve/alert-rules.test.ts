import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exampleReport } from './fake-data-quality.ts';
import { type TestServer, testServer } from './fakes.ts';

/* A rule over a metric that nobody exports never fires, and nobody notices. */
const DIRECTORY = new URL('../../deploy/prometheus/', import.meta.url);

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: object;
    }[];
  }[];
}

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
  server.services.dataQuality.latest = exampleReport;
});
afterAll(() => server.app.close());

describe('rules of alerts over the quality of data', () => {
  const { groups }: Rules = parse(readFileSync(new URL('quality.rules.yaml', DIRECTORY), 'utf8'));
  const rules = groups.flatMap((group) => group.rules);

  it('lie where they are looked for', () => {
    expect(readdirSync(DIRECTORY)).toContain('quality.rules.yaml');
    expect(rules.length).toBeGreaterThan(5);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it.each(rules)(
    '$alert names metrics and values of labels that there are',
    async ({ expr, annotations }) => {
      const exported = await server.metrics.render();
      const metrics = expr.match(/tessera_\w+/g) ?? [];
      expect(metrics.length).toBeGreaterThan(0);
      for (const metric of metrics) expect(exported).toContain(`# TYPE ${metric} gauge`);
      for (const [, label] of `${expr} ${JSON.stringify(annotations)}`.matchAll(
        /by \((\w+)\)|labels\.(\w+)/g,
      )) {
        if (label === undefined) continue;
        expect(exported).toMatch(new RegExp(`${metrics[0]}\\{[^}]*${label}="`));
      }
    },
  );
});
