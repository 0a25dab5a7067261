import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { ROOT, readText } from './settings.ts';

/*
 * The steps of the Dockerfile, in their order, in directories instead of layers: what a stage copies is all that it has. Only `npm ci`
 * links what the gate has installed from the same lock file, and places such as /data lie in a temporary directory.
 */
const PATIENCE_MS = 240_000;
const PLACES = /^\/(?:data|erasures|backups)\b/;

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly steps: readonly { readonly name: string; readonly text: string }[];
}

function stagesOf(dockerfile: string): readonly Stage[] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const stages: { name: string; from: string; steps: { name: string; text: string }[] }[] = [];
  for (const line of lines.filter((each) => each !== '')) {
    const [, name = '', text = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    const [, from = '', stage = ''] = /^(\S+) AS (\S+)$/.exec(text) ?? [];
    if (name === 'FROM') stages.push({ name: stage, from, steps: [] });
    else stages.at(-1)?.steps.push({ name, text });
  }
  return stages;
}

const stages = stagesOf(readText('Dockerfile'));

describe('the steps of the container, outside of one', () => {
  const place = mkdtempSync(join(tmpdir(), 'tessera-image-'));
  const app = (stage: string): string => join(place, stage);
  const settings: Record<string, string> = {};
  let healthcheck: readonly string[] = [];
  let entrypoint: readonly string[] = [];
  let container: ChildProcess | undefined;
  afterAll(async () => {
    if (container !== undefined && container.exitCode === null) {
      container.kill('SIGKILL');
      await once(container, 'close');
    }
    rmSync(place, { recursive: true, force: true });
  });

  const copy = (stage: string, text: string): void => {
    const [, from, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
    const words = paths.split(' ');
    const target = words.at(-1) ?? '';
    for (const path of words.slice(0, -1)) {
      const source = from === undefined ? join(ROOT, path) : path.replace(/^\/app/, app(from));
      const into = /^\.?\/?$/.test(target) ? join(app(stage), path) : join(app(stage), target);
      mkdirSync(dirname(into), { recursive: true });
      // Of modules links are copied, and not what they lead to.
      cpSync(source, into, { recursive: true, verbatimSymlinks: true });
    }
  };

  const run = (stage: string, command: string): void => {
    const bin = join(place, 'bin');
    const npm = execFileSync('bash', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'npm'), `#!/bin/sh\n[ "$1" = ci ] && exit 0\nexec '${npm}' "$@"\n`, {
      mode: 0o755,
    });
    if (/^npm ci\b/.test(command)) linkModules(join(app(stage), 'node_modules'));
    const here = command
      .replaceAll(/ \/(?=data|erasures|backups)/g, ` ${place}/`)
      .replace(/ && chown .*$/, '');
    const env = { PATH: `${bin}:${process.env.PATH}`, HOME: place };
    const { status, stdout, stderr } = spawnSync('bash', ['-c', here], {
      cwd: app(stage),
      env,
      encoding: 'utf8',
    });
    expect([command, status === 0 ? 'done' : `${stdout}${stderr}`]).toEqual([command, 'done']);
  };

  const set = (text: string): void => {
    for (const pair of text.trim().split(/\s+/)) {
      const [name = '', value = ''] = pair.split('=');
      settings[name] = PLACES.test(value) ? `${place}${value}` : value;
    }
  };

  const build = ({ name, from, steps }: Stage): void => {
    mkdirSync(app(name), { recursive: true });
    if (!from.includes(':')) cpSync(app(from), app(name), { recursive: true, verbatimSymlinks: true });
    for (const step of steps) {
      if (step.name === 'COPY') copy(name, step.text);
      if (step.name === 'RUN') run(name, step.text);
      if (step.name === 'ENV') set(step.text);
      if (step.name === 'HEALTHCHECK') healthcheck = JSON.parse(/CMD (\[.*\])$/.exec(step.text)?.[1] ?? '[]');
      if (step.name === 'ENTRYPOINT' || step.name === 'CMD')
        entrypoint = [...entrypoint, ...(JSON.parse(step.text) as string[])];
    }
  };

  it(
    'are done one after the other',
    () => {
      for (const stage of stages) build(stage);
      expect(entrypoint).toEqual(['node', 'dist/main.js', 'dev']);
      for (const stage of ['dev', 'production']) {
        expect(existsSync(join(app(stage), 'dist/main.js'))).toBe(true);
        expect(existsSync(join(app(stage), 'dist/sbom.cdx.json'))).toBe(true);
        expect(existsSync(join(app(stage), 'src'))).toBe(false);
      }
      expect(existsSync(join(app('dev'), 'node_modules/chdb'))).toBe(true);
      expect(existsSync(join(app('production'), 'node_modules/chdb'))).toBe(false);
    },
    PATIENCE_MS,
  );

  const start = (stage: string): { readonly child: ChildProcess; readonly output: () => string } => {
    const [program = '', ...args] = entrypoint;
    const child = spawn(program, args, {
      cwd: app(stage),
      env: { PATH: process.env.PATH, ...settings, PORT: '0' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    return { child, output: () => output };
  };

  it(
    'make an image that is healthy, writes where it may, and ends when it is told to',
    async () => {
      const { child, output } = start('dev');
      container = child;
      await waitUntil(
        `it listens: ${output()}`,
        () => /:\d{4,5}\b/.test(output()) || child.exitCode !== null,
      );
      const port = /http:\/\/(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)/.exec(output())?.[1] ?? '';
      const [program = '', ...args] = healthcheck;
      await waitUntil('it is healthy', () => {
        const { status } = spawnSync(program, args, {
          env: { PATH: process.env.PATH, ...settings, PORT: port },
        });
        return status === 0;
      });
      expect(existsSync(join(place, 'data/format'))).toBe(true);
      child.kill('SIGTERM');
      const [code] = await once(child, 'close');
      expect(code).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    'make a small image that says what it lacks',
    async () => {
      const { child, output } = start('production');
      container = child;
      const [code] = await once(child, 'close');
      expect(code).not.toBe(0);
      expect(output()).toContain('CLICKHOUSE_URL');
    },
    PATIENCE_MS,
  );
});

/** A directory of links, so that a step may take packages out of it. */
function linkModules(directory: string): void {
  mkdirSync(directory);
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    symlinkSync(join(ROOT, 'node_modules', name), join(directory, name));
}
