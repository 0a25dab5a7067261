import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { weighSettings } from '../../src/config/weak-settings.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { ROOT, readText, unknownSettings } from './settings.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: object;
  readonly ports?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: object;
  readonly networks?: object;
  readonly secrets?: Readonly<Record<string, { readonly environment: string }>>;
}

const read = (file: string): Compose => parse(readText(`deploy/${file}`), { merge: true });
const secrets = Object.fromEntries(
  execFileSync(process.execPath, [`${ROOT}deploy/compose/new-secrets.mjs`], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);

/** As compose fills in variables. Fails for one that the script of secrets does not make. */
function filled(value: string): string {
  return value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind, fallback) => {
    const given = secrets[name] ?? (kind === '-' ? String(fallback) : undefined);
    expect(given, name).toBeDefined();
    return given ?? '';
  });
}

function configOf({ environment = {}, command = [] }: Service): Config {
  const env = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filled(value)]));
  const flags = Object.fromEntries(
    command.flatMap((word, i) => (word.startsWith('--') ? [[word.slice(2), command[i + 1]]] : [])),
  );
  return loadConfig({
    env,
    flags: { ...flags, needsServers: command[0] === 'serve' },
    readFile: (path) => readFileSync(path),
  });
}

describe.each(['compose.yaml', 'compose.lite.yaml'])('deploy/%s', (file) => {
  const compose = read(file);
  const services = Object.entries(compose.services);
  const engine = compose.services.tessera as Service;

  it('names settings that there are, and the engine takes them', () => {
    for (const [name, { environment = {} }] of services) {
      expect(unknownSettings(Object.keys(environment)), name).toEqual([]);
    }
    const config = configOf(engine);
    expect(config.mode).toBe(engine.command?.[0]);
    if (config.mode === 'serve') expect(weighSettings(config).refused).toEqual([]);
  });

  it('names stages, files, volumes, networks and secrets that there are', () => {
    for (const [name, service] of services) {
      if (service.build !== undefined) {
        expect(readText('Dockerfile')).toMatch(new RegExp(`AS ${service.build.target}$`, 'm'));
      } else {
        // A tag that moves would be another program tomorrow.
        expect(service.image, name).toMatch(/:v?\d+\.\d+/);
      }
      for (const volume of service.volumes ?? []) {
        const [from = ''] = volume.split(':');
        if (from.startsWith('./')) expect(existsSync(`${ROOT}deploy/${from}`), volume).toBe(true);
        else expect(compose.volumes, volume).toHaveProperty(from);
      }
      for (const network of service.networks ?? []) expect(compose.networks).toHaveProperty(network);
      for (const secret of service.secrets ?? []) {
        expect(secrets).toHaveProperty(compose.secrets?.[secret]?.environment ?? secret);
      }
      for (const other of Object.keys(service.depends_on ?? {})) {
        expect(compose.services[other]?.healthcheck, other).toBeDefined();
      }
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('gives the engine volumes for everything that it writes', () => {
    const mounted = (engine.volumes ?? []).map((volume) => volume.split(':')[1]);
    expect(mounted).toEqual(expect.arrayContaining(['/data', '/erasures']));
  });
});

describe('what compose.yaml mounts', () => {
  it('is scraped where the engine is, with rules and dashboards that are there', () => {
    const prometheus = parse(readText('deploy/compose/prometheus.yaml'));
    expect(prometheus.scrape_configs[0].static_configs[0].targets).toEqual(['tessera:8080']);
    expect(prometheus.scrape_configs[0].authorization.credentials_file).toBe('/run/secrets/tessera_key');
    for (const name of readdirSync(`${ROOT}deploy/compose/grafana`)) {
      for (const each of readdirSync(`${ROOT}deploy/compose/grafana/${name}`)) {
        expect(parse(readText(`deploy/compose/grafana/${name}/${each}`)).apiVersion).toBe(1);
      }
    }
  });

  it('has NATS flush before it acknowledges, with the room that logs take', () => {
    const conf = readText('deploy/compose/nats.conf');
    expect(conf).toMatch(/sync_interval: always/);
    expect(conf).toMatch(/max_file_store: 20GB/);
    expect(read('compose.yaml').services.tessera?.environment).toMatchObject({
      TESSERA_NATS_SYNC_ALWAYS: '1',
    });
  });
});
