import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImportOptions, runImport } from '../../../src/cli/import/run.ts';
import { limits } from '../../../src/limits.ts';
import { clicks, GROUPED, MAP } from './click-files.ts';
import { Workplace } from './import-run.ts';
import { type Sink, startSink } from './sink-server.ts';

let place: Workplace;
let sink: Sink;
let map: string;

beforeEach(async () => {
  place = new Workplace();
  sink = await startSink();
  map = place.write('map.yaml', MAP);
});
afterEach(async () => {
  await sink.close();
  place.remove();
});

function options(content: string | Uint8Array, extra: Partial<ImportOptions> = {}): ImportOptions {
  return { ...place.options(place.write('file', content), map, sink.url), ...extra };
}

const rejects = (): unknown[] =>
  readFileSync(place.path('rejected.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const failing = (code: string, text: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(text) });

describe('an import', () => {
  it('sends every row once, in batches, and removes its progress file', async () => {
    const summary = await runImport(options(clicks(1_234)));
    expect(sink.events.size).toBe(1_234);
    expect(sink.received).toBe(1_234);
    expect(sink.requests).toBe(3);
    expect([...sink.events.keys()][0]).toBe('clicks-2');
    expect(summary).toMatchObject({
      units: 1_234,
      events: 1_234,
      accepted: 1_234,
      resent: 0,
      resumed: false,
    });
    expect(existsSync(place.path('progress.json'))).toBe(false);
    expect(existsSync(place.path('rejected.ndjson'))).toBe(false);
  });

  it('awaits the application of the last batch alone, after all others were acknowledged', async () => {
    const open: number[] = [];
    sink.beforeAnswer = async (request) => {
      open.push(request);
      await new Promise((resolve) => setImmediate(resolve));
      expect(sink.waited === 0 || open.length === 1).toBe(true);
      open.splice(open.indexOf(request), 1);
    };
    const summary = await runImport(options(clicks(2_600)));
    expect(sink.waited).toBe(1);
    expect(summary.outcomes).toEqual({
      applied: 100,
      duplicate: 0,
      quarantined: 0,
      refused: 0,
      of: 'last_batch',
    });
  });

  it('reads gzip by its magic bytes, a byte order mark, CRLF and a missing last line end', async () => {
    const text = `\ufeff${clicks(700)}`.replaceAll('\n', '\r\n').trimEnd();
    await runImport(options(gzipSync(text)));
    const inflated = new Map(sink.events);
    await runImport(options(text));
    expect(inflated.size).toBe(700);
    expect(sink.events.size).toBe(700);
    expect(sink.changed).toEqual([]);
  });

  it('reads rows of NDJSON by paths, and refuses numbers that JSON does not keep', async () => {
    map = place.write(
      'map.yaml',
      MAP.replace('type: csv, header: true', 'type: ndjson').replace('{item}', '{item.id}'),
    );
    const rows = [
      '{"session":1,"item":{"id":"\\u00e9\\"x"},"at":1700000000}',
      '',
      '{"session":1,"item":{"id":12345678901234567890},"at":1700000000}',
      '{"session":1,"item":{"id":"12345678901234567890"},"at":"1700000000.5"}',
      '[1]',
      '{"session":',
      '{"session":{},"at":1700000000}',
    ];
    const summary = await runImport(options(rows.join('\n')));
    expect([...sink.events.values()].map((event) => event.properties.item_id)).toEqual([
      'é"x',
      '12345678901234567890',
    ]);
    expect(sink.events.get('clicks-4')?.time).toBe(1_700_000_000_500);
    expect(summary.rejected_rows).toBe(4);
    expect(rejects()).toMatchObject([
      { line: 3, code: 'unsafe_number' },
      { line: 5, code: 'not_an_object' },
      { line: 6, code: 'invalid_json' },
      { line: 7, code: 'invalid_row' },
    ]);
  });

  it('lists bad rows and refused events with their lines and reasons, and goes on', async () => {
    sink.refuse = (event) =>
      event.properties.item_id === '7' ? { code: 'schema_violation', message: 'no sevens' } : undefined;
    const lines = clicks(10).trimEnd().split('\n');
    lines[3] = '1,2';
    lines[5] = 'x,y,soon';
    const summary = await runImport(options(`${lines.join('\n')}\n`));
    expect(sink.events.size).toBe(7);
    expect(summary).toMatchObject({
      units: 10,
      events: 8,
      accepted: 7,
      rejected_rows: 2,
      rejected_events: 1,
    });
    expect(summary.rejects_file).toBe(place.path('rejected.ndjson'));
    expect(rejects()).toEqual([
      { line: 4, code: 'invalid_row', message: 'The row has 2 fields, the file has 3 columns.' },
      { line: 6, code: 'invalid_time', message: '"soon" is not a time in the form epoch_seconds.' },
      {
        line: 9,
        code: 'schema_violation',
        message: 'no sevens',
        id: 'clicks-9',
        path: '/properties',
        quarantine_id: 'q-clicks-9',
      },
    ]);
  });

  it('finishes a file of nothing but bad rows without sending anything', async () => {
    const bad = `session,item,at\n${'1,2\n'.repeat(3_000)}`;
    const summary = await runImport(options(bad));
    expect(sink.requests).toBe(0);
    expect(summary).toMatchObject({ units: 3_000, events: 0, rejected_rows: 3_000 });
    expect(rejects().length).toBe(3_000);
  });

  it('refuses an event that is larger than an event may be, and keeps bodies within their limit', async () => {
    const big = `session,item,at\n1,${'x'.repeat(limits.eventBytesMax)},1700000000\n`;
    const rows = Array.from({ length: 200 }, (_, at) => `${at},${'中'.repeat(20_000)},1700000000\n`).join('');
    const summary = await runImport(options(big + rows));
    expect(summary).toMatchObject({ accepted: 200, rejected_rows: 1 });
    expect(rejects()).toMatchObject([{ line: 2, code: 'event_too_large' }]);
    expect(sink.largestBodyBytes).toBeLessThan(limits.bodyBytesMax);
    expect(sink.requests).toBeGreaterThan(2);
  });

  it('stops after the rows that --limit names', async () => {
    const summary = await runImport(options(clicks(2_000), { limit: 700 }));
    expect([sink.events.size, summary.units]).toEqual([700, 700]);
  });

  it('counts duplicates of a second run when asked, and sends the same bytes', async () => {
    await runImport(options(clicks(1_100)));
    const again = await runImport(options(clicks(1_100), { countOutcomes: true }));
    expect(again.outcomes).toEqual({ applied: 0, duplicate: 1_100, quarantined: 0, refused: 0, of: 'all' });
    expect(sink.events.size).toBe(1_100);
    expect(sink.changed).toEqual([]);
  });
});

describe('an import of groups', () => {
  beforeEach(() => {
    map = place.write('map.yaml', GROUPED);
  });

  it('is the same through files as in memory, however few rows fit into memory', async () => {
    await runImport(options(clicks(3_000)));
    const memory = new Map(sink.events);
    for (const groupBytesMax of [0, 100, 20_000]) {
      await runImport(options(clicks(3_000), { groupBytesMax }));
      expect(sink.changed).toEqual([]);
    }
    expect(memory.size).toBe(97);
    expect(memory.get('orders-5')?.properties.products).toHaveLength(31);
    expect(existsSync(place.path('progress.json.group-000'))).toBe(false);
  });

  it('refuses a group with too many rows instead of taking part of it', async () => {
    const rows = Array.from({ length: limits.importGroupLinesMax + 1 }, () => '1,2,1700000000\n').join('');
    for (const groupBytesMax of [limits.importGroupBytesMax, 1_000]) {
      const summary = await runImport(options(`session,item,at\n${rows}2,2,1700000000\n`, { groupBytesMax }));
      expect(summary).toMatchObject({ events: 1, rejected_rows: 1 });
      expect(rejects()).toMatchObject([{ line: 2, group: '1', code: 'invalid_row' }]);
    }
  });

  it('lists rows without a key and rows that cannot be read', async () => {
    const summary = await runImport(
      options('session,item,at\n,1,1700000000\n3,1\n4,1,1700000000\n4,x,1700000000\n5,1,1700000000\n'),
    );
    expect([...sink.events.keys()]).toEqual(['orders-5']);
    expect(summary).toMatchObject({ units: 2, events: 1, rejected_rows: 3 });
    expect(rejects()).toMatchObject([
      { line: 2, code: 'invalid_row' },
      { line: 3, code: 'invalid_row' },
      { line: 4, group: '4', code: 'invalid_amount' },
    ]);
  });
});

describe('an interrupted import', () => {
  /** Fails for good at the given request, having taken everything before. */
  async function interrupt(
    request: number,
    content: string,
    extra: Partial<ImportOptions> = {},
  ): Promise<void> {
    sink.requests = 0;
    sink.misbehave = (at) => (at >= request ? { kind: 'answer', status: 400 } : undefined);
    await expect(runImport(options(content, extra))).rejects.toEqual(failing('import_failed', /refuses/));
    sink.misbehave = () => undefined;
  }

  it.each([
    ['rows', MAP],
    ['groups', GROUPED.replace('{session}', '{item}').replace('by: session', 'by: item')],
  ])('goes on after the acknowledged prefix and counts the whole of it: %s', async (_, text) => {
    map = place.write('map.yaml', text);
    const content = clicks(6_000).replace('\n5,5,', '\n5,5,bad,');
    await interrupt(7, content, { rebaseTo: '2026-11-01' });
    const before = sink.received;
    const summary = await runImport({
      ...place.options(place.path('file'), map, sink.url),
      rebaseTo: '2026-11-01',
    });
    expect(summary).toMatchObject({
      resumed: true,
      // The bad row has a field too many: it belongs to no group.
      units: text === MAP ? 6_000 : 5_999,
      accepted: 5_999,
      rejected_rows: 1,
    });
    expect(sink.events.size).toBe(5_999);
    expect(sink.changed).toEqual([]);
    // Not from the start: only what was under way is sent again.
    expect(sink.received - before).toBeLessThan(5_999 - 500);
    expect(rejects()).toHaveLength(1);
  });

  it('cuts off what was listed after the progress was last written', async () => {
    const content = clicks(3_000).replace('\n5,5,', '\n5,5,bad,');
    await interrupt(4, content);
    // The refusal may have been faster than the answer to the first request: then nothing was listed yet.
    const path = place.path('rejected.ndjson');
    writeFileSync(path, `${existsSync(path) ? readFileSync(path, 'utf8') : ''}{"half`);
    await runImport(place.options(place.path('file'), map, sink.url));
    expect(rejects()).toHaveLength(1);
  });

  it('does not go on with another file, map, engine or date unless it is told to begin again', async () => {
    const content = clicks(3_000);
    await interrupt(3, content);
    const same = place.options(place.path('file'), map, sink.url);
    await expect(runImport({ ...same, rebaseTo: 'now' })).rejects.toEqual(
      failing('import_failed', /--rebase-to changed/),
    );
    await expect(runImport({ ...same, url: 'http://127.0.0.1:1' })).rejects.toEqual(
      failing('import_failed', /address/),
    );
    await expect(runImport({ ...same, map: 'yoochoose' })).rejects.toEqual(
      failing('invalid_map', /no column Time/),
    );
    place.write('map.yaml', MAP.replace('channel: web', 'channel: app'));
    await expect(runImport(same)).rejects.toEqual(failing('import_failed', /the map changed.*--restart/));
    place.write('file', `${content}1,2,1700000000\n`);
    await expect(runImport(same)).rejects.toEqual(failing('import_failed', /the file and the map changed/));
    expect(await runImport({ ...same, restart: true })).toMatchObject({ resumed: false, accepted: 3_001 });
  });

  it('does not trust a progress file that it cannot read', async () => {
    place.write('progress.json', '{"version":1');
    await expect(runImport(options(clicks(1)))).rejects.toEqual(
      failing('import_failed', /not a progress file/),
    );
  });
});

describe('a file that cannot be imported', () => {
  it('is refused with the reason', async () => {
    const { file } = options('');
    await expect(runImport(options(''))).rejects.toEqual(failing('import_failed', /is empty/));
    await expect(runImport(options('a,a,at\n'))).rejects.toEqual(failing('import_failed', /names a twice/));
    await expect(runImport({ ...options(''), file: place.directory })).rejects.toEqual(
      failing('import_failed', /./),
    );
    await expect(runImport({ ...options(''), file: `${file}.gone` })).rejects.toEqual(
      failing('import_failed', /opened/),
    );
    const zipped = gzipSync(clicks(20_000));
    await expect(runImport(options(zipped.subarray(0, zipped.length / 2)))).rejects.toEqual(
      failing('invalid_gzip', /complete/),
    );
    await expect(runImport(options(clicks(5), { rebaseTo: '2099-01-01', restart: true }))).rejects.toEqual(
      failing('invalid_parameter', /in the future/),
    );
    await expect(runImport(options(clicks(5), { rebaseTo: 'soon' }))).rejects.toEqual(
      failing('invalid_parameter', /soon/),
    );
  });
});
