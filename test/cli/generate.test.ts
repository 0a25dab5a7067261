import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerGenerate } from '../../src/cli/generate.ts';
import { generate } from '../../src/generate/generate.ts';
import { limits } from '../../src/limits.ts';
import { DAY_MS } from '../../src/model/time.ts';

const NOW = Date.UTC(2026, 10, 21, 10);
const SECRET = 'sk_secret';
const WRITE = 'wk_write';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tessera-generate-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

interface Process {
  readonly url?: string;
  readonly keys?: boolean;
  /** Standard output takes nothing more until it says so. */
  readonly slow?: boolean;
}

async function tessera(argv: readonly string[], { url, keys = true, slow }: Process = {}): Promise<Ran> {
  let code: number | undefined;
  let out = '';
  let err = '';
  const program = new Command().exitOverride();
  program.configureOutput({ writeErr: () => undefined });
  registerGenerate(program, {
    key: keys ? SECRET : undefined,
    writeKey: keys ? WRITE : undefined,
    url: url ?? 'http://127.0.0.1:1',
    stdout: {
      write: (text: string) => {
        out += text;
        return slow !== true;
      },
      once: (_event: 'drain', listener: () => void) => setImmediate(listener),
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
  await program.parseAsync(['generate', ...argv], { from: 'user' });
  return { code, out, err };
}

const SMALL = ['--shoppers', '40', '--seed', '7', '--days', '30'];
const world = () => generate({ shoppers: 40, seed: 7, days: 30 });
const lines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('tessera generate', () => {
  it('writes the stream to standard output, and what it did to the other one', async () => {
    const ran = await tessera(SMALL);
    expect(ran.code).toBe(0);
    const items = [...world().items()];
    expect(lines(ran.out)).toEqual(items.map(({ event }) => event));
    expect(ran.err).toMatch(/^\d[\d,]* events of 53 people, \d+ of them repeats/);
  });

  it('waits for a reader that is slower, and still writes everything', async () => {
    expect((await tessera(SMALL, { slow: true })).out).toBe((await tessera(SMALL)).out);
  });

  it('writes events and truth into files, complete and without repeats in the truth', async () => {
    const [out, truth] = [join(directory, 'events.ndjson'), join(directory, 'truth.ndjson')];
    const ran = await tessera([...SMALL, '--out', out, '--truth', truth, '--json']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const told = world();
    const items = [...told.items()];
    const people = [...told.people()];
    expect(lines(readFileSync(out, 'utf8'))).toEqual(items.map(({ event }) => event));
    const known = lines(readFileSync(truth, 'utf8'));
    const events = items.filter(({ repeat }) => !repeat);
    expect(known.slice(0, events.length)).toEqual(
      events.map(({ event, person, publicKey, linkable, hazard, arrivesAt }) => ({
        event: event.id,
        person,
        key: publicKey ? 'write' : 'secret',
        linkable,
        ...(hazard === undefined ? {} : { hazard }),
        arrives: new Date(arrivesAt).toISOString(),
      })),
    );
    expect(known.slice(events.length)).toEqual(JSON.parse(JSON.stringify(people)));
    expect(JSON.parse(ran.out)).toEqual({
      shoppers: 40,
      seed: 7,
      days: 30,
      events: items.length,
      repeats: items.length - events.length,
      public_events: items.filter(({ publicKey }) => publicKey).length,
      people: people.length,
      out,
      truth,
      sent: null,
      seconds: 0,
    });
  });

  it('ends the stream where it is told to', async () => {
    const times = lines((await tessera([...SMALL, '--until', '2026-06-01'])).out).map(({ time }) =>
      Date.parse(String(time)),
    );
    expect(Math.max(...times)).toBeLessThan(Date.UTC(2026, 5, 1));
    expect(Math.min(...times)).toBeGreaterThan(Date.UTC(2026, 5, 1) - 32 * DAY_MS);
  });

  it('ends with 2 on wrong usage and says what would be right', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--shoppers', 'many'], /--shoppers takes a whole number, not many/],
      [['--shoppers', '0'], /from 1 to/],
      [['--shoppers', String(limits.generateShoppersMax + 1)], /from 1 to/],
      [['--shoppers', '5', '--seed', '-1'], /--seed takes a whole number/],
      [['--shoppers', '5', '--days', '0'], /number of days/],
      [['--shoppers', '5', '--until', 'tomorrow'], /--until takes a date/],
      [['--shoppers', '5', '--until', '2026-02-30'], /--until takes a date/],
      [['--shoppers', '5', '--out', join(directory, 'no', 'file')], /cannot be written \(ENOENT\)/],
      [['--shoppers', '5', '--out', join(directory, 'a'), '--truth', join(directory, 'a')], /one file/],
    ];
    for (const [argv, why] of cases)
      expect(await tessera(argv)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(why) });
  });

  const withoutFull = existsSync('/dev/full') ? '' : ' (there is no /dev/full here)';
  it.skipIf(withoutFull !== '')(`ends with 1 when the disk is full${withoutFull}`, async () => {
    const ran = await tessera([...SMALL, '--out', '/dev/full']);
    expect(ran).toMatchObject({ code: 1, err: expect.stringMatching(/ENOSPC.*generate_failed/) });
  });
});

/** Takes what is posted and notes the key; refuses events of one type when told to. */
class KeyedSink {
  readonly posted: { readonly key: string; readonly ids: readonly string[]; readonly times: number[] }[] = [];
  refused = '';
  #server: Server | undefined;

  async open(): Promise<string> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const events = lines(Buffer.concat(chunks).toString('utf8'));
      this.posted.push({
        key: String(request.headers.authorization),
        ids: events.map(({ id }) => String(id)),
        times: events.map(({ time }) => Date.parse(String(time))),
      });
      const rejected = events.flatMap(({ id, type }, index) =>
        type === this.refused ? [{ index, id, code: 'schema_violation', message: 'no', path: '' }] : [],
      );
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ accepted: events.length - rejected.length, rejected }));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

describe('tessera generate --send', () => {
  let sink: KeyedSink;
  let url: string;
  beforeEach(async () => {
    sink = new KeyedSink();
    url = await sink.open();
  });
  afterEach(() => sink.close());

  it('sends every event under the key that it has in truth, in batches, up to yesterday', async () => {
    const argv = ['--shoppers', '60', '--seed', '7', '--send', '--json'];
    const ran = await tessera(argv, { url });
    expect(ran.code).toBe(0);
    const items = [...generate({ shoppers: 60, seed: 7, until: NOW }).items()];
    for (const key of ['secret', 'write'] as const) {
      const sent = sink.posted.filter((post) => post.key === `Bearer ${key === 'secret' ? SECRET : WRITE}`);
      const wanted = items.filter(({ publicKey }) => publicKey === (key === 'write'));
      expect(sent.flatMap(({ ids }) => ids)).toEqual(wanted.map(({ event }) => event.id));
    }
    expect(Math.max(...sink.posted.map(({ ids }) => ids.length))).toBeLessThanOrEqual(
      limits.importBatchEvents,
    );
    expect(sink.posted.length).toBeGreaterThan(2);
    expect(Math.max(...sink.posted.flatMap(({ times }) => times))).toBeLessThan(NOW);
    expect(JSON.parse(ran.out)).toMatchObject({ sent: { events: items.length, rejected: {} }, out: null });
  });

  it('ends with 3 and counts by code what the engine rejects', async () => {
    sink.refused = 'product_added';
    const ran = await tessera([...SMALL, '--send'], { url });
    expect(ran.code).toBe(3);
    expect(ran.out).toMatch(/rejected: \d+ schema_violation/);
  });

  it('ends with 1 where a key is missing, and says which', async () => {
    const without = await tessera([...SMALL, '--send'], { url, keys: false });
    expect(without).toMatchObject({ code: 1, err: expect.stringMatching(/no secret key.*unauthorized/) });
    const half = await tessera([...SMALL, '--send', '--key', SECRET], { url, keys: false });
    expect(half).toMatchObject({ code: 1, err: expect.stringMatching(/no write key/) });
    expect(sink.posted).toEqual([]);
  });
});
