import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerImport } from '../../src/cli/import.ts';
import { KEY, NOW, Workplace } from './import/import-run.ts';
import { type Sink, startSink } from './import/sink-server.ts';

let place: Workplace;
let sink: Sink;

beforeEach(async () => {
  place = new Workplace();
  sink = await startSink();
});
afterEach(async () => {
  await sink.close();
  place.remove();
});

interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

async function tessera(...argv: string[]): Promise<Ran> {
  let code: number | undefined;
  let out = '';
  let err = '';
  const program = new Command().exitOverride();
  program.configureOutput({ writeErr: () => undefined });
  registerImport(program, {
    key: KEY,
    url: sink.url,
    stdout: {
      write: (text: string) => {
        out += text;
      },
    },
    stderr: {
      write: (text: string) => {
        err += text;
      },
    },
    isTty: false,
    clock: { now: () => NOW },
    setExitCode: (value) => {
      code = value;
    },
  });
  await program.parseAsync(['import', ...argv], { from: 'user' });
  return { code, out, err };
}

const CLICKS = 'SessionId\tItemId\tTime\n1\t10\t1400000000\n2\t20\t1400000001.5\n';

describe('tessera import', () => {
  it('ends with 0 and a summary in words when everything was accepted', async () => {
    const ran = await tessera(place.write('clicks.tsv', CLICKS), '--map', 'yoochoose');
    expect(ran).toEqual({ code: 0, out: '2 of 2 events accepted and applied in 0 s (0/s)\n', err: '' });
  });

  it('ends with 0 and one line of JSON with --json', async () => {
    const file = place.write('clicks.tsv', CLICKS);
    const ran = await tessera(
      file,
      '--map',
      'yoochoose',
      '--json',
      '--rebase-to',
      '2026-11-01',
      '--limit',
      '1',
    );
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toEqual({
      file,
      map: 'yoochoose',
      units: 1,
      events: 1,
      accepted: 1,
      rejected_rows: 0,
      rejected_events: 0,
      rejects_file: null,
      resent: 0,
      outcomes: { applied: 1, duplicate: 0, quarantined: 0, refused: 0, of: 'last_batch' },
      resumed: false,
      shift_ms: Date.UTC(2026, 10, 1) - Date.UTC(2014, 4, 13),
      seconds: 0,
      events_per_second: 0,
    });
  });

  it('ends with 3 when rows were rejected, and names the file that lists them', async () => {
    const file = place.write('clicks.tsv', `${CLICKS}3\n`);
    const ran = await tessera(file, '--map', 'yoochoose');
    expect(ran.code).toBe(3);
    expect(ran.out).toContain(`1 rejected, listed in ${file}.rejected.ndjson`);
  });

  it('says when a file had been imported before', async () => {
    const file = place.write('clicks.tsv', CLICKS);
    await tessera(file, '--map', 'yoochoose');
    expect((await tessera(file, '--map', 'yoochoose')).out).toContain('2 of the last batch were duplicates');
    expect((await tessera(file, '--map', 'yoochoose', '--count-outcomes')).out).toContain(
      '2 were duplicates of events',
    );
  });

  it('ends with 2 on wrong usage and maps, with 1 on failures, and says why', async () => {
    const file = place.write('clicks.tsv', CLICKS);
    expect(await tessera(file, '--map', 'nothing')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/\(invalid_map\)/),
    });
    expect(await tessera(file, '--map', 'yoochoose', '--limit', '0')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/whole number/),
    });
    expect(await tessera(file, '--map', 'yoochoose', '--url', 'here')).toMatchObject({ code: 2 });
    sink.misbehave = () => ({ kind: 'answer', status: 401 });
    const failed = await tessera(file, '--map', 'yoochoose', '--json');
    expect(failed).toMatchObject({ code: 1, err: expect.stringMatching(/TESSERA_SECRET_KEY/) });
    expect(JSON.parse(failed.out)).toMatchObject({ code: 'unauthorized' });
    await expect(tessera(file)).rejects.toMatchObject({ code: 'commander.missingMandatoryOptionValue' });
  });
});
