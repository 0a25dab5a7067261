import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, type StatsFs, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { registerBeside } from '../../adapters/embedded/erasure-register.ts';
import type { Config } from '../../config.ts';
import { limits } from '../../limits.ts';
import type { Finding } from '../../model/finding.ts';

/** Whether there is room, and whether it may be used: of the data directory, the backups and the register of erasures. */
export function examineFileSystem(config: Config): readonly Finding[] {
  const { dataDirectory, backupDirectory, erasuresFile } = config;
  const places = new Set([
    resolve(dataDirectory),
    resolve(backupDirectory ?? `${dataDirectory}.backups`),
    dirname(resolve(erasuresFile ?? registerBeside(dataDirectory))),
  ]);
  // Several places may lie under one directory that is there: it is looked at once.
  const found = new Set([...places].map(nearest));
  return [...[...found].flatMap(judgePlace), ...judgeSecrets(join(dataDirectory, 'secrets.json'))];
}

/** The place itself, or the directory in which an engine would make it. */
function nearest(place: string): string {
  for (let at = place; ; at = dirname(at)) if (existsSync(at) || at === dirname(at)) return at;
}

function judgePlace(path: string): readonly Finding[] {
  const room = statfsSync(path);
  const inodes = judgeInodes(path, room);
  const full = judgeRoom(path, room);
  // A full disk takes no file either, and says so for itself.
  if (inodes.length > 0 || full.some(({ code }) => code === 'disk_full')) return [...full, ...inodes];
  const probe = join(path, `.tessera-doctor-${randomUUID()}`);
  try {
    writeFileSync(probe, '', { mode: 0o600 });
    rmSync(probe);
    return full;
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return [
      ...full,
      { code: 'directory_unwritable', at: path, detail: `creating a file fails with ${detail}` },
    ];
  }
}

function judgeRoom(path: string, { bavail, blocks, bsize }: StatsFs): readonly Finding[] {
  const free = bavail * bsize;
  // What is no medium, such as /proc, has no blocks.
  if (blocks === 0) return [];
  const detail = `${Math.floor(free / 2 ** 20)} of ${Math.floor((blocks * bsize) / 2 ** 20)} MiB are free`;
  if (free < limits.diskFreeBytesMin) return [{ code: 'disk_full', at: path, detail }];
  return bavail / blocks < limits.roomLowPercent / 100 ? [{ code: 'disk_low', at: path, detail }] : [];
}

function judgeInodes(path: string, { files, ffree }: StatsFs): readonly Finding[] {
  // Some file systems make inodes as they need them, and name none.
  if (files === 0 || ffree / files >= limits.inodesLowPercent / 100) return [];
  return [{ code: 'inodes_low', at: path, detail: `${ffree} of ${files} inodes are free` }];
}

function judgeSecrets(path: string): readonly Finding[] {
  if (process.platform === 'win32' || !existsSync(path)) return [];
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  return [{ code: 'directory_open', at: path, detail: `its mode is ${mode.toString(8)}` }];
}
