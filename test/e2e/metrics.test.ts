import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';

/* A dashboard or an alert over a metric that nobody exports shows nothing, and nobody notices. */
const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));

/** What a node alone does not say: of several processes on one port, and what Prometheus itself adds. */
const OF_OTHERS = new Set(['tessera_process_restarts_total', 'tessera_process_up', 'up']);

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

interface Board {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr?: string }[];
  }[];
}

function expressions(): readonly (readonly [where: string, expr: string])[] {
  const rules = readdirSync(`${DEPLOY}prometheus`).flatMap((file) => {
    const { groups }: Rules = parse(readFileSync(`${DEPLOY}prometheus/${file}`, 'utf8'));
    return groups.flatMap((group) => group.rules.map(({ alert, expr }) => [alert, expr] as const));
  });
  const panels = readdirSync(`${DEPLOY}grafana`).flatMap((file) => {
    const board: Board = JSON.parse(readFileSync(`${DEPLOY}grafana/${file}`, 'utf8'));
    return board.panels.flatMap(({ title, targets }) =>
      targets.flatMap(({ expr }) =>
        expr === undefined ? [] : [[`${board.title}, ${title}`, expr] as const],
      ),
    );
  });
  return [...rules, ...panels];
}

describe('what dashboards and alerts ask for', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  let exported = '';
  beforeAll(async () => {
    ({ api } = await place.start());
    await api.apply([{ id: 'e-1', type: 'product_viewed', identifiers: { user_id: 'u-1' } }]);
    exported = (await api.get('/metrics')).text;
  }, 60_000);
  afterAll(() => place.remove());

  it.each(expressions())('is exported: %s', (_, expr) => {
    const metrics = expr.match(/\b(?:tessera|process|nodejs)_\w+/g) ?? [];
    if (!expr.startsWith('up{')) expect(metrics.length).toBeGreaterThan(0);
    for (const metric of metrics.filter((name) => !OF_OTHERS.has(name))) {
      const name = metric.replace(/_bucket$/, '');
      expect(exported).toContain(`# TYPE ${name} ${name === metric ? '' : 'histogram'}`);
      const counts = new RegExp(`(?:rate|increase)\\(${metric}\\b`).test(expr);
      // A rate of what goes up and down is a number without a meaning.
      if (counts && name === metric && name.endsWith('_total'))
        expect(exported).toContain(`# TYPE ${name} counter`);
    }
  });

  it('has the labels that they ask by, where the engine has said anything yet', () => {
    const lines = exported.split('\n').filter((line) => line.startsWith('tessera_') && line.includes('{'));
    const labels = new Map<string, Set<string>>();
    for (const line of lines) {
      const name = line.slice(0, line.indexOf('{')).replace(/_bucket$/, '');
      const known = labels.get(name) ?? new Set(['le']);
      for (const [, label = ''] of line.matchAll(/(\w+)="/g)) known.add(label);
      labels.set(name, known);
    }
    let looked = 0;
    for (const [where, expr] of expressions()) {
      for (const [, metric = '', inside = ''] of expr.matchAll(/(tessera_\w+)\{([^}]*)\}/g)) {
        const known = labels.get(metric.replace(/_bucket$/, ''));
        for (const [, label] of inside.matchAll(/(\w+)=/g)) {
          if (known === undefined) continue;
          expect(known, where).toContain(label);
          looked += 1;
        }
      }
    }
    expect(looked).toBeGreaterThan(3);
  });
});
