import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { limits } from '../../src/limits.ts';
import { ROOT, readText, unknownSettings } from './settings.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds, whose parts are compared with what they should be.
  readonly spec?: any;
}

/** Helm is a program of its own; without it the chart is held against what can be read of its text. */
function helm(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('helm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const CHART = `${ROOT}deploy/helm/tessera`;
/** What Helm takes for the cluster where there is none is older than the chart allows. */
const NEWER = ['--kube-version', '1.30.0'];
const hasHelm = helm('version', '--short') !== undefined;

describe('the Helm chart', () => {
  const values = parse(readText('deploy/helm/tessera/values.yaml'));

  it('names settings that there are', () => {
    const template = readText('deploy/helm/tessera/templates/deployments.yaml');
    const names = template.match(/\b(?:TESSERA_[A-Z_]+|CLICKHOUSE_URL)\b/g) ?? [];
    expect(names.length).toBeGreaterThan(5);
    expect(unknownSettings([...names, ...Object.keys(values.settings)])).toEqual([]);
    const roles = new Set(
      Object.values<{ roles: string[] }>(values.nodes).flatMap(({ roles: each }) => each),
    );
    expect([...roles].sort()).toEqual(['engine', 'history', 'ingest', 'serve']);
    for (const { processes } of Object.values<{ processes: number }>(values.nodes)) {
      expect(processes).toBeLessThanOrEqual(limits.processesMax);
    }
  });

  it('has the version of the package', () => {
    const chart = parse(readText('deploy/helm/tessera/Chart.yaml'));
    expect(chart.appVersion).toBe(JSON.parse(readText('package.json')).version);
  });

  const render = (...flags: readonly string[]): readonly Manifest[] =>
    (helm('template', 'shop', CHART, ...NEWER, '--set', 'existingSecret=tessera', ...flags) ?? '')
      .split(/^---$/m)
      .map((text) => parse(text) as Manifest | null)
      .filter((each) => each !== null);

  it.skipIf(!hasHelm)('passes the lint of Helm, which needs helm on the PATH', () => {
    expect(helm('lint', CHART, '--strict', '--set', 'existingSecret=tessera')).toContain('0 chart(s) failed');
    expect(() => helm('template', 'shop', CHART, ...NEWER)).toThrow(/existingSecret/);
  });

  it.skipIf(!hasHelm)('renders a Deployment for each group of nodes, hardened', () => {
    const manifests = render('--set', 'serviceMonitor.enabled=true');
    const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(
      Object.keys(values.nodes)
        .sort()
        .map((group) => `shop-${group}`),
    );
    for (const { spec } of deployments) {
      const pod = spec.template.spec;
      expect(pod.securityContext.runAsNonRoot).toBe(true);
      expect(pod.automountServiceAccountToken).toBe(false);
      const [container] = pod.containers;
      expect(container.securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      const names = container.env.map(({ name }: { name: string }) => name);
      expect(unknownSettings(names)).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
      const mounted = new Set(container.volumeMounts.map(({ name }: { name: string }) => name));
      expect(new Set(pod.volumes.map(({ name }: { name: string }) => name))).toEqual(mounted);
      for (const [label, value] of Object.entries(spec.selector.matchLabels)) {
        expect(spec.template.metadata.labels[label]).toBe(value);
      }
    }
    const kinds = new Set(manifests.map(({ kind }) => kind));
    for (const kind of [
      'Service',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'ServiceMonitor',
      'ServiceAccount',
      'PersistentVolumeClaim',
    ]) {
      expect(kinds).toContain(kind);
    }
    const lag = manifests.find(
      ({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && metadata.name === 'shop-engine',
    );
    expect(lag?.spec.metrics.at(-1).pods.metric.name).toBe('tessera_reader_lag');
  });
});
