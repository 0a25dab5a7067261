import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { EngineApi } from './engine-api.ts';
import { MAIN } from './engine-process.ts';

export interface RanCommand {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandSettings {
  /** Of its environment, in which nothing of ours is. */
  readonly env?: Readonly<Record<string, string>>;
  /** How far its clock is ahead of the machine's. */
  readonly aheadMs?: number;
  /** What it reads from standard input. */
  readonly input?: string;
}

/** Runs a command of the program as an operator types it. */
export async function runCommand(
  args: readonly string[],
  { env = {}, aheadMs, input }: CommandSettings = {},
): Promise<RanCommand> {
  const child = spawn(process.execPath, [...shifted(aheadMs), MAIN, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: 'pipe',
  });
  child.stdin.end(input ?? '');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode ?? -1, out, err };
}

/** The environment in which commands reach an engine with all rights. */
export function reaching({ address, secretKey }: EngineApi): Readonly<Record<string, string>> {
  return { TESSERA_URL: address, TESSERA_SECRET_KEY: secretKey };
}

function shifted(aheadMs: number | undefined): readonly string[] {
  if (aheadMs === undefined) return [];
  const source = `const real = Date.now; Date.now = () => real() + ${aheadMs};`;
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
}

/** Runs a program of the system, and fails with what it says. */
export async function runProgram(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...args]);
  return stdout;
}
