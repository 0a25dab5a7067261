import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TesseraError } from '../src/errors.ts';
import { waitUntil } from './e2e/support/wait-until.ts';
import { differences } from './support/differences.ts';

/*
 * Somebody who has never seen this: a fresh clone, and nothing but the commands of the README, as they are printed there.
 * Three things are not as for them. The port is a free one (PORT). What is cloned is what would be committed now, so that the
 * test is about this tree and not about the commit before it. And `npm ci` links the modules that the gate has just
 * installed out of the same lock file: a gigabyte more for each run would tell nothing. NEWCOMER_NPM_CI=1 installs them.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A build, on a machine that has other things to do. */
const PATIENCE_MS = 240_000;
const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: 16 * 1024 * 1024,
});

/** The blocks of a section of the README, in their order. */
function blocksOf(heading: string): readonly string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = readme.split(/^(?=##+ )/m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
}

function makeClone(place: string): string {
  const clone = join(place, 'tessera');
  for (const name of listed.stdout.split('\0')) {
    if (name === '' || !existsSync(join(ROOT, name))) continue;
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    cpSync(join(ROOT, name), join(clone, name));
  }
  return clone;
}

/** A directory for the PATH in which `npm` is npm, but for `npm ci`. */
function npmThatLinks(place: string): string {
  const npm = execFileSync('bash', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  const linked = `if [ "$1" = ci ] && [ -z "$NEWCOMER_NPM_CI" ]; then exec ln -s '${ROOT}node_modules' node_modules; fi`;
  mkdirSync(join(place, 'bin'));
  writeFileSync(join(place, 'bin/npm'), `#!/bin/sh\n${linked}\nexec '${npm}' "$@"\n`, { mode: 0o755 });
  return join(place, 'bin');
}

describe.skipIf(listed.status !== 0)(
  'a newcomer (needs a checkout of git, to know what a clone holds)',
  () => {
    const place = mkdtempSync(join(tmpdir(), 'tessera-newcomer-'));
    let clone = '';
    let path = '';
    const terminals: Terminal[] = [];

    beforeAll(() => {
      clone = makeClone(place);
      path = `${npmThatLinks(place)}:${process.env.PATH}`;
    });
    afterAll(async () => {
      for (const terminal of terminals) await terminal.interrupt();
      rmSync(place, { recursive: true, force: true });
    });

    const type = (command: string, more: NodeJS.ProcessEnv = {}): Terminal => {
      const env = { PATH: path, HOME: place, TMPDIR: place, PORT: '0', ...more };
      const terminal = new Terminal(command, { cwd: clone, env });
      terminals.push(terminal);
      return terminal;
    };
    /** A command for a second terminal, with the address and the key that the first one has printed. */
    const askOnce = async (command: string, { address, key }: Printed): Promise<string> => {
      const here = command
        .replace('sk_…', key)
        .replaceAll('http://127.0.0.1:8080', address)
        .replace('tessera sql "', 'tessera sql --json "');
      const second = type(here, { TESSERA_URL: address, TESSERA_SECRET_KEY: key });
      await second.ended();
      return second.output;
    };

    it(
      'is at a live demo with the first command, and sees merges, triggers and offers with the second',
      async () => {
        const [start = '', ask = '', ...more] = blocksOf('## One minute');
        expect({ start, more }).toEqual({ start: 'npm ci && npm run demo\n', more: [] });
        const demo = type(start);
        const printed = await demo.printed();
        let row: Readonly<Record<string, unknown>> = {};
        await waitUntil('a merge, a firing and an offer', async () => {
          row = JSON.parse(await askOnce(ask, printed)).data[0];
          return Object.values(row).every((count) => Number(count) > 0);
        });
        expect(Object.keys(row)).toEqual(['merges', 'fired', 'offers']);
        expect((await (await fetch(printed.address)).text()).slice(0, 15).toLowerCase()).toBe(
          '<!doctype html>',
        );
        await demo.interrupt();
        expect(demo.output).toContain('stories told');
        expect(existsSync(join(clone, '.tessera'))).toBe(false);
      },
      PATIENCE_MS,
    );

    it(
      'starts an engine of their own, and sends it the first event',
      async () => {
        const [start = '', give = ''] = blocksOf('## Five minutes');
        expect(start).toBe('npm start\n');
        const engine = type(start);
        const printed = await engine.printed();
        const [send = '', promise = ''] = blocksOf('### Send an event');
        const answer: unknown = JSON.parse(await askOnce(`${give}${send}`, printed));
        expect(differences(JSON.parse(promise), answer)).toEqual([]);
        await engine.interrupt();
        expect(existsSync(join(clone, '.tessera'))).toBe(true);
      },
      PATIENCE_MS,
    );
  },
);

interface Printed {
  readonly address: string;
  readonly key: string;
}

/** A command as somebody types it into a terminal of its own, and what it prints. */
class Terminal {
  output = '';
  readonly #child: ChildProcess;

  constructor(command: string, { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
    // A group of its own: Ctrl-C reaches everything that the command has started.
    this.#child = spawn('bash', ['-c', command], { cwd, env, detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  /** The address and the secret key, as soon as both can be read. */
  async printed(): Promise<Printed> {
    for (;;) {
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(this.output)?.[0];
      const key = /sk_[\w-]{40,}/.exec(this.output)?.[0];
      if (address !== undefined && key !== undefined) return { address, key };
      if (!this.#running) throw new TesseraError('internal', `ended before it listened: ${this.output}`);
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), once(this.#child, 'close')]);
    }
  }

  async ended(): Promise<void> {
    if (this.#running) await once(this.#child, 'close');
    if (this.#child.exitCode !== 0) throw new TesseraError('internal', this.output);
  }

  /** Ctrl-C. */
  async interrupt(): Promise<void> {
    if (!this.#running) return;
    process.kill(-(this.#child.pid ?? 0), 'SIGINT');
    await once(this.#child, 'close');
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
