import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImportOptions, runImport } from '../../../src/cli/import/run.ts';
import { limits } from '../../../src/limits.ts';
import { clicks, MAP } from './click-files.ts';
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

const failing = (code: string, text: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(text) });

describe('an engine that does not answer as hoped', () => {
  it('gets the same events again until it takes them, after the delay that it asks for', async () => {
    const delays: number[] = [];
    sink.misbehave = (request) => {
      if (request === 1) return { kind: 'answer', status: 429, headers: { 'retry-after': '7' } };
      if (request === 2) return { kind: 'answer', status: 503, body: '{"code":"log_full"}' };
      if (request === 3) return { kind: 'answer', status: 503, headers: { 'retry-after': '86400' } };
      if (request === 4) return { kind: 'break', kept: false };
      if (request === 5) return { kind: 'break', kept: true };
      return undefined;
    };
    const delay = (ms: number): Promise<void> => {
      delays.push(ms);
      return Promise.resolve();
    };
    const summary = await runImport(options(clicks(100), { delay }));
    expect(delays).toEqual([7_000, 400, limits.importRetryAfterMaxMs, 1_600, 3_200]);
    expect(sink.changed).toEqual([]);
    expect(sink.events.size).toBe(100);
    expect(summary).toMatchObject({ accepted: 100, resent: 100, outcomes: { duplicate: 100 } });
  });

  it('loses nothing when it is away and comes back', async () => {
    let away = 0;
    const delay = async (): Promise<void> => {
      away += 1;
      if (away === 6) await sink.open();
    };
    sink.beforeAnswer = async (request) => {
      if (request === 5) await sink.shut();
    };
    const summary = await runImport(options(clicks(5_000), { delay }));
    expect(away).toBeGreaterThanOrEqual(6);
    expect(sink.events.size).toBe(5_000);
    expect(sink.changed).toEqual([]);
    expect(summary.accepted).toBe(5_000);
  });

  it('is given up after a bounded number of tries, and the import can go on later', async () => {
    await sink.shut();
    await expect(runImport(options(clicks(10)))).rejects.toEqual(
      failing('import_failed', /Run the same command again/),
    );
    expect(existsSync(place.path('progress.json'))).toBe(true);
    await sink.open();
    expect(await runImport(options(clicks(10), { restart: true }))).toMatchObject({ accepted: 10 });
  });

  it('is not asked twice when asking again cannot help, and the message says what to do', async () => {
    const cases = [
      [401, 'unauthorized', /--key or TESSERA_SECRET_KEY/],
      [403, 'forbidden', /scope ingest/],
      [404, 'import_failed', /Check --url/],
      [400, 'import_failed', /unreadable_body: bad line/],
      [413, 'import_failed', /would not help/],
    ] as const;
    for (const [status, code, text] of cases) {
      sink.requests = 0;
      sink.misbehave = () => ({
        kind: 'answer',
        status,
        body: '{"code":"unreadable_body","detail":"bad line"}',
      });
      await expect(runImport(options(clicks(10), { restart: true }))).rejects.toEqual(failing(code, text));
      expect(sink.requests).toBe(1);
    }
  });

  it('is not believed when its numbers do not add up', async () => {
    sink.misbehave = () => ({ kind: 'answer', status: 202, body: '{"accepted":9,"rejected":[]}' });
    await expect(runImport(options(clicks(1_000)))).rejects.toEqual(
      failing('import_failed', /500 events.*9 accepted/),
    );
    sink.misbehave = () => ({ kind: 'answer', status: 202, body: '<html>' });
    await expect(runImport(options(clicks(1_000), { restart: true }))).rejects.toEqual(
      failing('import_failed', /not JSON/),
    );
  });

  it('must be named properly and needs a key', async () => {
    await expect(runImport(options(clicks(1), { url: 'shop' }))).rejects.toEqual(
      failing('invalid_parameter', /address/),
    );
    await expect(runImport(options(clicks(1), { key: undefined }))).rejects.toEqual(
      failing('unauthorized', /--key/),
    );
  });
});
