import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TesseraError } from '../src/errors.ts';
import { differences } from './support/differences.ts';

/*
 * The README is run as it is written: its commands in bash, one after another, in a directory that looks like a
 * clone, and what it promises is looked for in the answers. Only the address is another one, since 8080 may be taken.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ADDRESS = 'http://127.0.0.1:8080';
const SECRET_KEY = `sk_${'0'.repeat(32)}`;

interface Block {
  readonly language: string;
  readonly text: string;
}

interface Example {
  readonly command: string;
  readonly promise: unknown;
}

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
  language: match[1] ?? '',
  text: match[2] ?? '',
}));

/** Each command that is followed by the JSON which it answers. */
const examples: readonly Example[] = blocks.flatMap(({ language, text }, i) => {
  const next = blocks[i + 1];
  if (language !== 'sh' || next?.language !== 'json') return [];
  const promise: unknown = JSON.parse(next.text);
  return [{ command: text, promise }];
});
const streamCommand = blocks.find(({ text }) => text.startsWith('curl -sN'))?.text ?? '';
const definitions = blocks.filter(({ language }) => language === 'yaml');

describe('the README', () => {
  let directory = '';
  let engine: ChildProcess;
  let stream: ChildProcess;
  let streamed = '';
  let address = '';

  const environment = (): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    HOME: directory,
    TESSERA_SECRET_KEY: SECRET_KEY,
    TESSERA_URL: address,
  });
  const here = (command: string): string => command.replaceAll(ADDRESS, address);

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tessera-readme-'));
    for (const name of ['package.json', 'dist', 'schemas', 'node_modules']) {
      symlinkSync(join(ROOT, name), join(directory, name));
    }
    cpSync(join(ROOT, 'deploy/retail'), join(directory, 'my-shop'), { recursive: true });
    for (const { text } of definitions) {
      const path = join(directory, /^# (\S+)/.exec(text)?.[1] ?? '');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const flags = [
      '--port',
      '0',
      '--data-dir',
      join(directory, 'data'),
      '--definitions',
      join(directory, 'my-shop'),
    ];
    engine = spawn(process.execPath, [join(ROOT, 'dist/main.js'), 'dev', '--json', ...flags], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    address = await untilOutput(engine, /"address":"([^"]+)"/);
    stream = spawn('bash', ['-c', `exec ${here(streamCommand)}`], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    stream.stdout?.on('data', (chunk: Buffer) => {
      streamed += chunk.toString();
    });
    await untilOutput(stream, /(: connected)/);
  });

  afterAll(async () => {
    for (const child of [stream, engine]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'close');
    }
    rmSync(directory, { recursive: true, force: true });
  });

  it('has commands with answers: events, a profile, history, identity and an import', () => {
    expect(examples.map(({ command }) => /^\w+ [^'"]*/.exec(command)?.[0].trim())).toEqual([
      'curl -s',
      'curl -s',
      'curl -s',
      'npx tessera sql --json',
      'npx tessera doctor parity --json',
      'npx tessera identity unmerge anonymous_id:a-1 --json',
      'npx tessera identity show phone:13900001111 --json',
      'printf',
    ]);
  });

  it.each(examples)('shows what this answers: $command', async ({ command, promise }) => {
    const answer = await answerOf(here(command), { environment: environment(), directory, promise });
    expect(differences(promise, answer)).toEqual([]);
  });

  it('is right that the same event sent again changes nothing', async () => {
    const again = await answerOf(here(examples[0]?.command ?? ''), { environment: environment(), directory });
    expect(differences({ results: [{ status: 'duplicate', triggers: [] }] }, again)).toEqual([]);
  });

  it('shows what the stream says when the trigger fires', async () => {
    const promised =
      blocks
        .find(({ text }) => text.startsWith('event: trigger'))
        ?.text.trim()
        .split('\n') ?? [];
    if (!streamed.includes('\ndata: {"id"')) await untilOutput(stream, /(event: trigger)/);
    const lines = streamed.split('\n');
    expect(promised).toHaveLength(2);
    for (const line of promised) {
      const [head, tail] = line.replace(/…$/, '').split('…');
      expect(lines.filter((text) => text.startsWith(head ?? '') && text.includes(tail ?? ''))).not.toEqual(
        [],
      );
    }
  });

  it('shows definitions that the engine takes', async () => {
    for (const [kind, name] of [
      ['features', 'tried_on'],
      ['triggers', 'fitting_room'],
    ]) {
      const response = await fetch(`${address}/v1/definitions/${kind}/${name}`, {
        headers: { authorization: `Bearer ${SECRET_KEY}` },
      });
      expect([name, response.status]).toEqual([name, 200]);
    }
  });

  it('names every dependency, and links only to what is there', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly [kind: string]: Readonly<Record<string, string>>;
    };
    const names = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    );
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
    const missing = links.filter((link) => spawnSync('test', ['-e', join(ROOT, link)]).status !== 0);
    expect(missing).toEqual([]);
  });
});

interface Asking {
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Asked again until it is kept: history follows within two seconds, and only it is asked for that. */
  readonly promise?: unknown;
}

const HISTORY_ATTEMPTS = 20;

async function answerOf(command: string, { environment, directory, promise }: Asking): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const answer = await runCommand(command, environment, directory);
    const patient = command.includes('tessera sql') && attempt < HISTORY_ATTEMPTS;
    if (!patient || differences(promise, answer).length === 0) return answer;
  }
}

async function runCommand(command: string, env: NodeJS.ProcessEnv, cwd: string): Promise<unknown> {
  const child = spawn('bash', ['-c', command], { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  expect(child.exitCode).toBe(0);
  return JSON.parse(text) as unknown;
}

/** The first group of a pattern, once the output of a process has it. */
function untilOutput(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new TesseraError('internal', `ended with ${code}: ${text}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (match !== null) resolve(match[1] ?? '');
    });
  });
}
