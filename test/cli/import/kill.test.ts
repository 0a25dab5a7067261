import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, Workplace } from './import-run.ts';
import { type Sink, startSink } from './sink-server.ts';

const CHILD = new URL('import-child.ts', import.meta.url).pathname;
const ROWS = 6_000;
/** Starting a process costs more than the import itself, so few kills per series, spread by the seed. */
const KILLS_MAX = 3;

const ROW_MAP = `
name: kills
source: shop
channel: web
format: { type: csv, header: true }
time: { column: at, format: epoch_seconds }
events: [{ type: product_viewed, properties: { item_id: "{item}" } }]
`;
const GROUP_MAP = ROW_MAP.replace('time:', 'group: { by: session }\ntime:').replace(
  '"{item}"',
  '"{session}"',
);

let place: Workplace;
let sink: Sink;
let child: ChildProcess | undefined;

beforeEach(async () => {
  place = new Workplace();
  sink = await startSink();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await sink.close();
  place.remove();
});

/** A small generator with a seed, so that a failure can be repeated: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Runs the importer once; resolves with its output, or undefined when it was killed. */
function importOnce(file: string, map: string, groupBytes: number): Promise<string | undefined> {
  const paths = [place.path('progress.json'), place.path('rejected.ndjson')];
  const argv = ['--import', 'tsx', CHILD, file, map, sink.url, KEY, ...paths, String(groupBytes)];
  const started = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  let output = '';
  started.stdout?.on('data', (chunk) => {
    output += String(chunk);
  });
  return new Promise((resolve) => started.on('exit', (code) => resolve(code === 0 ? output : undefined)));
}

/** Every hundredth row is bad, so that the side file has something to lose. */
function contentOf(): string {
  const rows = Array.from(
    { length: ROWS },
    (_, at) => `s${at % 4_000},${at},${at % 100 === 50 ? 'bad' : 1_700_000_000 + at}`,
  );
  return `session,item,at\n${rows.join('\n')}\n`;
}

describe('an importer that is killed', () => {
  it.each([
    { name: 'rows', map: ROW_MAP, groupBytes: 1_000_000, seed: 1 },
    { name: 'groups in memory', map: GROUP_MAP, groupBytes: 1_000_000, seed: 2 },
    { name: 'groups in files', map: GROUP_MAP, groupBytes: 10_000, seed: 3 },
  ])(
    'sends everything in the end, with the same bytes, and lists each bad row once: $name',
    async (round) => {
      const random = randomOf(round.seed);
      const file = place.write('file.csv', contentOf());
      const map = place.write('map.yaml', round.map);
      const acknowledged = new Set<string>();
      let output: string | undefined;
      let kills = 0;
      while (output === undefined && kills <= KILLS_MAX) {
        // Before the answer leaves, or a request later: the events are taken, the importer does not know it.
        const killAt = sink.requests + 1 + Math.floor(random() * 4);
        sink.beforeAnswer = (request) => {
          if (request === killAt && kills < KILLS_MAX) child?.kill('SIGKILL');
          for (const id of sink.events.keys()) acknowledged.add(id);
        };
        output = await importOnce(file, map, round.groupBytes);
        kills += 1;
      }
      const summary = JSON.parse(output ?? '{}');
      const lists = readFileSync(place.path('rejected.ndjson'), 'utf8').trimEnd().split('\n');
      const isGroups = round.map === GROUP_MAP;
      // A group with a bad row is refused whole: 60 bad rows, whose sessions repeat after 4,000 rows.
      const bad = isGroups ? 40 : 60;
      const good = (isGroups ? 4_000 : ROWS) - bad;
      expect({ seed: round.seed, kills: kills > 1 }).toEqual({ seed: round.seed, kills: true });
      expect(sink.events.size).toBe(good);
      expect(acknowledged.size).toBe(good);
      expect(sink.changed).toEqual([]);
      expect(new Set(lists).size).toBe(lists.length);
      expect(lists.length).toBe(bad);
      // Whether it went on or began anew depends on whether a kill came after the first saved progress.
      expect(summary).toMatchObject({
        accepted: good,
        rejected_rows: bad,
        rejected_events: 0,
      });
    },
  );
});
