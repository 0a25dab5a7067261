import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reaching, runCommand } from './support/command.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import { MAIN } from './support/engine-process.ts';

const RETAIL = new URL('../../deploy/retail/', import.meta.url).pathname;

describe('commands against a running engine', () => {
  const place = new EnginePlace();
  let api: EngineApi;
  const run = (args: readonly string[], input?: string) =>
    runCommand(args, { env: reaching(api), ...(input === undefined ? {} : { input }) });

  beforeAll(async () => {
    ({ api } = await place.start());
  });
  afterAll(() => place.remove());

  const view = (id: string, price: unknown = 399) => ({
    ...{ id, type: 'product_viewed', identifiers: { anonymous_id: 'c-1' } },
    properties: { item_id: 'spu-1', price, currency: 'CNY' },
  });

  it('send takes a document from standard input, waits, and shows what became of it', async () => {
    const ran = await run(['send', '--wait', '--json'], JSON.stringify([view('s-1'), view('s-1')]));
    expect([ran.code, ran.err]).toEqual([0, '']);
    const { results } = JSON.parse(ran.out) as { results: { status: string }[] };
    expect(results.map(({ status }) => status)).toEqual(['applied', 'duplicate']);
  });

  it('send takes NDJSON of more than one request, and names by its index what is rejected', async () => {
    const lines = Array.from({ length: 2_600 }, (_, n) => JSON.stringify(view(`n-${n}`)));
    lines[2_550] = JSON.stringify(view('bad', 'much'));
    writeFileSync(place.file('events.ndjson'), `${lines.join('\n')}\n`);
    const ran = await run(['send', place.file('events.ndjson'), '--json']);
    expect(ran.code).toBe(3);
    const { accepted, rejected } = JSON.parse(ran.out) as { accepted: number; rejected: object[] };
    expect(accepted).toBe(2_599);
    expect(rejected).toMatchObject([{ index: 2_550, id: 'bad', code: 'invalid_amount' }]);
  });

  it('send stores nothing with --dry-run, and says what to do where the key or the file is wrong', async () => {
    const dry = await run(['send', '--dry-run'], JSON.stringify(view('dry')));
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('1 would be accepted, 0 rejected\n')]);
    expect((await api.profile('anonymous_id:c-1')).profile_id).toBeTypeOf('string');
    const again = await run(['send', '--wait', '--json'], JSON.stringify(view('dry')));
    expect(JSON.parse(again.out)).toMatchObject({ results: [{ status: 'applied' }] });
    const keyless = await runCommand(['send'], { env: { TESSERA_URL: api.address }, input: '{}' });
    expect([keyless.code, keyless.err]).toEqual([1, expect.stringContaining('--key or TESSERA_SECRET_KEY')]);
    expect(await run(['send', place.file('absent.json')])).toMatchObject({ code: 2 });
    expect(await run(['send'], '  ')).toMatchObject({ code: 2 });
    const away = await runCommand(['send', '--url', 'http://127.0.0.1:1'], { input: '{}' });
    expect([away.code, away.err]).toEqual([1, expect.stringContaining('tessera dev')]);
  });

  it('tail shows events as they are applied, and ends after so many', async () => {
    const env = { PATH: process.env.PATH, ...reaching(api) };
    const flags = ['tail', 'events', '--type', 'product_viewed', '--limit', '2', '--json'];
    const child = spawn(process.execPath, [MAIN, ...flags], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    const ended = once(child, 'exit');
    let ids = 0;
    // Sent until it has seen two: nobody tells when it has begun to listen.
    while (child.exitCode === null) {
      await api.post('/v1/events?wait=applied', JSON.stringify(view(`t-${ids++}`)));
    }
    await ended;
    const told = out.trimEnd().split('\n');
    expect(told.map((line) => JSON.parse(line) as object)).toMatchObject([
      { status: 'applied', type: 'product_viewed' },
      { status: 'applied', type: 'product_viewed' },
    ]);
    expect(child.exitCode).toBe(0);
  });

  it('tail refuses what does not go together', async () => {
    expect(await run(['tail', 'profile'])).toMatchObject({ code: 2 });
    expect(await run(['tail', 'events', '--trigger', 'x'])).toMatchObject({ code: 2 });
    expect(await run(['tail', 'profile', 'phone:13999999999'])).toMatchObject({ code: 1 });
    expect(await run(['tail', 'news'])).toMatchObject({ code: 2 });
  });

  it('runs the commands of docs/commands.md as they are written', async () => {
    const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    // A stream has no end: it is followed above.
    const lines = blocks
      .flatMap((block) => block.trim().split('\n'))
      .filter((line) => !line.includes(' tail '));
    expect(lines.length).toBeGreaterThan(3);
    const script = lines.join('\n').replaceAll('npx tessera', '"$NODE" "$MAIN"');
    const env = { ...reaching(api), PATH: process.env.PATH, NODE: process.execPath, MAIN };
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const child = spawn('bash', ['-ec', script], { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect([code, out]).toEqual([0, expect.stringContaining('the engine has all of it')]);
    expect(out).not.toContain('differs');
  });

  describe('definitions', () => {
    const directory = place.file('shop');
    const NEW = ['aa_double', 'aa_looks', 'zz_views'];
    const feature = (name: string, more: object): string =>
      JSON.stringify({ name, on: ['product_viewed'], aggregate: 'count', ...more });

    beforeAll(() => {
      cpSync(RETAIL, directory, { recursive: true });
    });

    it('finds no difference to the directory that the engine was started with', async () => {
      expect(await run(['definitions', 'validate', directory])).toMatchObject({ code: 0 });
      const ran = await run(['definitions', 'diff', directory, '--json']);
      expect([ran.code, JSON.parse(ran.out)]).toEqual([0, { differences: [] }]);
    });

    it('shows, puts and deletes one, and lists its versions', async () => {
      writeFileSync(place.file('own.yaml'), feature('own_views', { window: '1h' }));
      const dry = await run(['definitions', 'put', 'features', place.file('own.yaml'), '--dry-run']);
      expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('would change')]);
      expect(await run(['definitions', 'put', 'features', place.file('own.yaml')])).toMatchObject({
        code: 0,
      });
      const shown = await run(['definitions', 'show', 'features', 'own_views', '--json']);
      expect(JSON.parse(shown.out)).toMatchObject({ name: 'own_views', window: '1h' });
      const versions = await run(['definitions', 'versions', 'features', 'own_views']);
      expect(versions.out).toContain('created');
      expect(await run(['definitions', 'delete', 'features', 'own_views'])).toMatchObject({
        code: 0,
        out: 'own_views: removed\n',
      });
      expect(await run(['definitions', 'show', 'features', 'own_views'])).toMatchObject({ code: 1 });
      expect(await run(['definitions', 'show', 'nothings', 'x'])).toMatchObject({ code: 2 });
    });

    it('applies a directory in an order that works, prunes, and then finds no difference', async () => {
      // A trigger that reads a derived feature that reads a feature: all of them new, the names against their order.
      const derived = { name: 'aa_double', aggregate: 'derived', expression: 'zz_views * 2' };
      writeFileSync(
        `${directory}/features/aa.yaml`,
        [JSON.stringify(derived), feature('zz_views', { window: '1h' })].join('\n---\n'),
      );
      const trigger = {
        ...{ name: 'aa_looks', purpose: 'service', on: { event: 'product_viewed' } },
        ...{ when: { feature: 'aa_double', gte: 4 }, action: { channel: 'none', template: 'store_brief' } },
      };
      writeFileSync(`${directory}/triggers/aa.yaml`, JSON.stringify(trigger));
      rmSync(`${directory}/triggers/stores.yaml`);
      const diff = await run(['definitions', 'diff', directory, '--json']);
      expect(diff.code).toBe(3);
      const { differences } = JSON.parse(diff.out) as { differences: { turn: string; name: string }[] };
      const turns = (turn: string) =>
        differences.filter((each) => each.turn === turn).map(({ name }) => name);
      expect(turns('added').sort()).toEqual(NEW);
      expect(turns('removed').length).toBeGreaterThan(0);
      expect(turns('changed')).toEqual([]);
      const applied = await run(['definitions', 'apply', directory, '--json']);
      expect([applied.code, applied.err]).toEqual([0, '']);
      const names = (JSON.parse(applied.out) as { applied: { name: string }[] }).applied;
      expect(names.map(({ name }) => name).sort()).toEqual(NEW);
    });

    it('says what is not valid, with exit code 2, and changes nothing', async () => {
      writeFileSync(`${directory}/features/zz.yaml`, feature('broken', { window: 'long' }));
      const validate = await run(['definitions', 'validate', directory]);
      expect([validate.code, validate.err]).toEqual([2, expect.stringContaining('features/zz.yaml')]);
      const apply = await run(['definitions', 'apply', directory, '--prune']);
      expect(apply.code).toBe(2);
      const kept = await run(['definitions', 'show', 'features', 'zz_views']);
      expect(kept.code).toBe(0);
      rmSync(`${directory}/features/zz.yaml`);
    });

    it('takes away with --prune what the directory does not have, readers before what they read', async () => {
      rmSync(`${directory}/triggers/aa.yaml`);
      rmSync(`${directory}/features/aa.yaml`);
      const ran = await run(['definitions', 'apply', directory, '--prune', '--json']);
      expect([ran.code, ran.err]).toEqual([0, '']);
      const gone = (JSON.parse(ran.out) as { applied: { turn: string; name: string; note?: string }[] })
        .applied;
      expect(gone.every(({ turn }) => turn === 'removed')).toBe(true);
      // What the engine was started with is its own directory's to take away, and it says so.
      expect(gone.find(({ name }) => name === 'store_brief')?.note).toContain('stays');
      const left = await run(['definitions', 'diff', directory, '--json']);
      const { differences } = JSON.parse(left.out) as { differences: { name: string }[] };
      expect(differences.map(({ name }) => name).filter((name) => NEW.includes(name))).toEqual([]);
      expect(gone.map(({ name }) => name)).toEqual(expect.arrayContaining(NEW));
    });
  });
});
