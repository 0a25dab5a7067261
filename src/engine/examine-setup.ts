import { existsSync } from 'node:fs';
import { readServerTime } from '../adapters/clickhouse/server-time.ts';
import { createSystemClock } from '../adapters/embedded/system-clock.ts';
import { weighSettings } from '../config/weak-settings.ts';
import type { Config } from '../config.ts';
import { loadPack } from '../definitions/definitions-pack.ts';
import { TesseraError } from '../errors.ts';
import type { Finding, SetupReport } from '../model/finding.ts';
import type { Clock } from '../ports/clock.ts';
import { skewOf } from './examine/clocks.ts';
import { examineDirectory } from './examine/data-directory.ts';
import { examineFileSystem } from './examine/file-system.ts';

/** Looks over everything that an engine with these settings would start on, without starting one and without changing anything. */
export async function examineSetup(config: Config): Promise<SetupReport> {
  const clock = createSystemClock();
  const servers = config.natsUrl !== undefined;
  const looked: string[] = ['settings', `definitions in ${config.definitionsDirectory}`];
  const found: Finding[] = [...judgeSettings(config), ...judgeDefinitions(config)];
  if (servers || existsSync(config.dataDirectory)) {
    looked.push(`file system of ${config.dataDirectory}`);
    found.push(...examineFileSystem(config));
  }
  if (!servers && existsSync(config.dataDirectory)) {
    looked.push(`data directory ${config.dataDirectory}`);
    found.push(...(await examineDirectory(config, clock)));
  }
  if (servers) {
    looked.push('NATS', 'Redis');
    found.push(...(await examineServers(config, clock)));
  }
  if (config.clickhouseUrl !== undefined) {
    looked.push('ClickHouse');
    found.push(...(await examineHistory(config.clickhouseUrl, clock)));
  }
  return { findings: found, looked_at: looked };
}

/** A start with a data directory takes what a deployment refuses. */
function judgeSettings(config: Config): readonly Finding[] {
  const { refused, doubtful } = weighSettings(config, config.masterKeyCommand !== undefined);
  const weak = config.natsUrl === undefined ? [] : refused;
  return [
    ...weak.map((detail) => ({ code: 'setting_weak', at: 'settings', detail }) as const),
    ...doubtful.map((detail) => ({ code: 'setting_doubtful', at: 'settings', detail }) as const),
  ];
}

function judgeDefinitions({ definitionsDirectory: at, currency }: Config): readonly Finding[] {
  try {
    if (!existsSync(at)) return [{ code: 'definitions_invalid', at, detail: 'there is no such directory' }];
    loadPack(at, currency);
    return [];
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    return [{ code: 'definitions_invalid', at, detail: error.message }];
  }
}

/** Drivers of servers are loaded where there are any, as a start does. */
async function examineServers(config: Config, clock: Clock): Promise<readonly Finding[]> {
  const [{ examineNats }, { examineRedis }] = await Promise.all([
    import('./examine/nats-servers.ts'),
    import('./examine/redis-servers.ts'),
  ]);
  const found = await Promise.all([examineNats(config), examineRedis(config.redisUrl ?? '', clock)]);
  return found.flat();
}

async function examineHistory(url: string, clock: Clock): Promise<readonly Finding[]> {
  const at = `clickhouse ${new URL(url).host}`;
  try {
    const from = clock.now();
    const theirs = await readServerTime(url);
    return skewOf(at, theirs, { from, to: clock.now() });
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    return [{ code: 'history_unreachable', at, detail: error.message }];
  }
}
