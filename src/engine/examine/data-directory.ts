import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIRECTORY_FORMAT, formatSteps } from '../../adapters/embedded/directory-format.ts';
import { Environment } from '../../adapters/embedded/environment.ts';
import { faultOfEnvironment } from '../../adapters/embedded/environment-file.ts';
import { openErasureRegister, registerBeside } from '../../adapters/embedded/erasure-register.ts';
import { openKeyStore } from '../../adapters/embedded/key-store.ts';
import { openLog } from '../../adapters/embedded/log.ts';
import { readFingerprint } from '../../adapters/embedded/secrets.ts';
import { openStateStore } from '../../adapters/embedded/state-store.ts';
import { FUSED, stagedTopology } from '../../cluster/topology.ts';
import type { Config } from '../../config.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Finding } from '../../model/finding.ts';
import { keys } from '../../model/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import { examineMasterKey } from './master-key.ts';

/** Whether an engine could go on with this data directory, also while one does: LMDB may be read by others. Changes no data. */
export async function examineDirectory(config: Config, clock: Clock): Promise<readonly Finding[]> {
  const directory = config.dataDirectory;
  const format = judgeFormat(directory);
  const register = await judgeRegister(config);
  const torn = ['log', 'state'].flatMap((name) => faultOfEnvironment(join(directory, name)) ?? []);
  const unreadable = torn.map((detail) => ({ code: 'directory_unreadable' as const, at: directory, detail }));
  const found = [...format, ...register, ...unreadable];
  if (format.length > 0 || torn.length > 0 || !existsSync(join(directory, 'log', 'data.mdb'))) return found;
  return [...found, ...(await examineStores(config, clock))];
}

function judgeFormat(directory: string): readonly Finding[] {
  const path = join(directory, 'format');
  if (!existsSync(path)) {
    if (!existsSync(join(directory, 'log'))) return [];
    return [{ code: 'data_unknown', at: directory, detail: 'it holds data and names no format' }];
  }
  const text = readFileSync(path, 'utf8').trim();
  const found = Number(/^tessera (\d{1,9})$/.exec(text)?.[1] ?? Number.NaN);
  if (found > DIRECTORY_FORMAT) {
    const detail = `it has format ${found}, and this version reads up to ${DIRECTORY_FORMAT}`;
    return [{ code: 'data_newer', at: directory, detail }];
  }
  const reachable = Array.from({ length: DIRECTORY_FORMAT - found }, (_, n) => found + n).every((at) =>
    formatSteps.some(({ from }) => from === at),
  );
  if (found <= DIRECTORY_FORMAT && reachable) return [];
  return [{ code: 'data_unknown', at: path, detail: `it says "${text}"` }];
}

async function judgeRegister({ erasuresFile, dataDirectory }: Config): Promise<readonly Finding[]> {
  const path = erasuresFile ?? registerBeside(dataDirectory);
  try {
    await openErasureRegister(path, readFingerprint(dataDirectory) ?? '');
    return [];
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    return [{ code: 'register_unreadable', at: path, detail: error.message }];
  }
}

async function examineStores(config: Config, clock: Clock): Promise<readonly Finding[]> {
  const directory = config.dataDirectory;
  const codes = { full: 'state_unavailable', failed: 'state_unavailable' } as const;
  const opened: Environment[] = [];
  const open = (name: string): Environment => {
    const environment = new Environment(join(directory, name), codes);
    opened.push(environment);
    return environment;
  };
  try {
    const state = existsSync(join(directory, 'state', 'data.mdb')) ? open('state') : undefined;
    const log = open('log');
    const stored = openKeyStore(log);
    const read = async (name: string): Promise<Uint8Array | undefined> => await stored.get(name);
    const sealing = { at: directory, founded: readFingerprint(directory), read };
    return [
      ...(state === undefined ? [] : await judgeTails(config, { state, log, clock })),
      ...(state === undefined ? [] : await judgeErasures(config, state)),
      ...(await examineMasterKey(config, sealing)),
    ];
  } catch (error) {
    // LMDB's own errors, of files that are none of its kind, have no codes of ours.
    const detail = error instanceof Error ? error.message : String(error);
    return [{ code: 'directory_unreadable', at: directory, detail }];
  } finally {
    for (const environment of opened) await environment.close();
  }
}

interface Stores {
  readonly state: Environment;
  readonly log: Environment;
  readonly clock: Clock;
}

/** The checkpoints are read first: while an engine works, the log is never behind them. */
async function judgeTails(config: Config, { state, log, clock }: Stores): Promise<readonly Finding[]> {
  const topology = config.partitions === undefined ? FUSED : stagedTopology(config.partitions);
  const store = openStateStore(state);
  const checkpoints = await Promise.all(topology.all.map((partition) => store.checkpoint(partition)));
  return topology.all.flatMap((partition, n) => {
    const seq = checkpoints[n]?.seq ?? 0;
    const { lastSeq } = openLog(log, partition, { clock }).stats();
    if (seq <= lastSeq) return [];
    const detail = `state has applied message ${seq}, and the log ends with ${lastSeq}`;
    return [{ code: 'log_lost_tail' as const, at: `partition ${partition}`, detail }];
  });
}

/** Every erasure that is over stands in the register; without it a restore would bring the erased back. */
async function judgeErasures(config: Config, state: Environment): Promise<readonly Finding[]> {
  const { dataDirectory, erasuresFile, partitions } = config;
  const { identity } = partitions === undefined ? FUSED : stagedTopology(partitions);
  const at = erasuresFile ?? registerBeside(dataDirectory);
  const known = await registered(config);
  // A register that cannot be read is a finding of its own.
  if (known === undefined) return [];
  const store = openStateStore(state);
  const prefix = keys.erasure('');
  let missing = 0;
  for (let after = ''; ; ) {
    const page = await store.scan(identity, prefix, after, limits.erasurePageEntries);
    // One that is under way comes into the register on its way. Its status is a text of the entry, whatever else is in it.
    missing += page.filter(
      ([key, bytes]) => !known.has(key.slice(prefix.length)) && !Buffer.from(bytes).includes('under_way'),
    ).length;
    const last = page.at(-1)?.[0];
    if (last === undefined) break;
    after = last;
  }
  return missing === 0 ? [] : [{ code: 'register_incomplete', at, detail: `it lacks ${missing} erasures` }];
}

async function registered({ erasuresFile, dataDirectory }: Config): Promise<ReadonlySet<string> | undefined> {
  try {
    const path = erasuresFile ?? registerBeside(dataDirectory);
    const register = await openErasureRegister(path, readFingerprint(dataDirectory) ?? '');
    return new Set(register.all().map(({ id }) => id));
  } catch (error) {
    if (error instanceof TesseraError) return undefined;
    throw error;
  }
}
