import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { routeScopes } from '../serve/route-scopes.ts';
import { ROOT, readText } from './settings.ts';

interface Rule {
  readonly alert: string;
  readonly annotations: { readonly summary: string; readonly runbook: string };
  readonly labels: { readonly severity: string };
}

const filesIn = (directory: string, end: string): readonly string[] =>
  readdirSync(`${ROOT}${directory}`).filter((name) => name.endsWith(end));
const rules = filesIn('deploy/prometheus', '.yaml').flatMap((file) => {
  const { groups }: { groups: { rules: Rule[] }[] } = parse(readText(`deploy/prometheus/${file}`));
  return groups.flatMap((group) => group.rules);
});
const runbooks = filesIn('deploy/runbooks', '.md');

describe('alerts and runbooks', () => {
  it('belong together, one for each', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    expect(runbooks.map((name) => name.replace('.md', '')).sort()).toEqual(
      rules.map(({ alert }) => alert).sort(),
    );
    for (const { alert, annotations, labels } of rules) {
      expect(annotations.runbook).toBe(`deploy/runbooks/${alert}.md`);
      expect(annotations.summary, alert).toBeTruthy();
      expect(['critical', 'warning', 'info'], alert).toContain(labels.severity);
    }
  });

  it.each(runbooks)(
    '%s says what it means, where to look and what to do, with links that lead somewhere',
    (name) => {
      const text = readText(`deploy/runbooks/${name}`);
      expect(text).toMatch(new RegExp(`^# ${name.replace('.md', '')}\n\n[^#]+\n\n## Look\n\n[^#]+## Do\n\n`));
      for (const [, path] of text.matchAll(/\]\(([^)#]+)/g)) {
        expect(existsSync(`${ROOT}deploy/runbooks/${path}`), path).toBe(true);
      }
    },
  );

  it('name commands and routes that there are', () => {
    const sources = filesIn('src/cli', '.ts').map((name) => readText(`src/cli/${name}`));
    const commands = new Set(
      sources.flatMap((text) => [...text.matchAll(/\.command\('([\w-]+)'/g)].map(([, name]) => name)),
    );
    const routes = new Set(Object.keys(routeScopes).map((route) => route.replaceAll(/:\w+/g, ':')));
    for (const name of runbooks) {
      const text = readText(`deploy/runbooks/${name}`);
      for (const [, command] of text.matchAll(/`tessera ([\w-]+)/g))
        expect(commands, name).toContain(command);
      for (const [, method, path] of text.matchAll(/`(GET|POST|PUT|DELETE) (\/v1\/[\w/]+)/g)) {
        expect(routes, name).toContain(`${method} ${path?.replace(/\/[A-Z]+$/, '/:')}`);
      }
    }
  });
});

describe('dashboards', () => {
  const names = filesIn('deploy/grafana', '.json');

  it('have an id each, and panels that lie beside each other', () => {
    const boards = names.map((name) => JSON.parse(readText(`deploy/grafana/${name}`)));
    expect(names).toEqual(
      expect.arrayContaining([
        'history.json',
        'identity.json',
        'pipeline.json',
        'quality.json',
        'triggers.json',
      ]),
    );
    expect(new Set(boards.map(({ uid }) => uid)).size).toBe(boards.length);
    for (const { panels, title } of boards) {
      const taken = new Set<string>();
      for (const { gridPos } of panels) {
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(taken.has(`${x} ${y}`), `${title}: two panels at ${x}, ${y}`).toBe(false);
            taken.add(`${x} ${y}`);
          }
        }
      }
    }
  });

  it('lie where compose.yaml mounts them from', () => {
    expect(readText('deploy/compose.yaml')).toContain(`./${dirname('grafana/history.json')}:/etc/dashboards`);
  });
});
