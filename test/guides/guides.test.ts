import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { TesseraError } from '../../src/errors.ts';
import { signedHeaders } from '../../src/messages/sign-message.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { EngineApi } from '../e2e/support/engine-api.ts';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import { EngineProcess, type RunningEngine } from '../e2e/support/engine-process.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { differences } from '../support/differences.ts';
import { claimOf, guides } from './support/claims.ts';
import { definitionOf } from './support/definition-of.ts';
import { GuideShell } from './support/guide-shell.ts';
import { type Fence, fencesOf, ROOT } from './support/pages.ts';

/*
 * Pages without a test of their own are run here, each from its first block to its last: commands in bash, requests against an
 * engine that has had some weeks of shoppers, definitions as dry runs. What a page promises has to come.
 */
const OWN = 'test/guides/guides.test.ts';
const ANN = { phone: '13900001111', user_id: 'u-7', member_id: '00120457', email: 'ann@example.com' };
/** What stands in the file of settings, and is no definition. */
const SETTINGS = /^(?:keys|sources|personal_fields):/;
const AGREED = { personalization: true, marketing: { sms: true, email: true } };

describe('the guides', () => {
  const place = new EnginePlace();
  let engine: RunningEngine;
  let api: EngineApi;
  let shell: GuideShell;
  let visits = 0;

  beforeAll(async () => {
    // Where a reader has it: beside what they do.
    engine = await EngineProcess.start({ directory: place.file('.tessera') });
    api = engine.api;
    shell = new GuideShell(place.path, { TESSERA_URL: api.address, TESSERA_SECRET_KEY: api.secretKey });
    for (const name of ['deploy', 'node_modules', 'package.json', 'dist'])
      symlinkSync(join(ROOT, name), place.file(name));
    writeInputs(place);
    await shell.run(`npx tessera generate --shoppers 150 --days 200 --send --write-key ${api.writeKey}`);
    // A trigger of messages.md names it before the page defines it.
    const webhook = {
      url: 'https://crm.example.com/hooks',
      secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    };
    await api.send('PUT', '/v1/definitions/webhooks/crm', JSON.stringify(webhook));
    await api.settled();
  }, 120_000);
  afterAll(async () => {
    await engine.process.kill();
    await place.remove();
  });

  /** The person that all pages are about: known, agreed, seen in a store, with points. */
  const visit = async (): Promise<void> => {
    visits += 1;
    const at = { identifiers: ANN, consent: AGREED };
    await api.apply([
      { type: 'profile_identified', ...at, traits: { name: 'Ann Zhao' } },
      {
        type: 'product_viewed',
        ...at,
        properties: { item_id: 'spu-3301', category: 'women/plus-size', price: 399 },
      },
      {
        type: 'points_earned',
        ...at,
        properties: { points: 900, reason: 'welcome', grant_id: `g-${visits}` },
      },
    ]);
    await api.settled();
  };

  it.each(guides)(
    '%s is true',
    async (page) => {
      await visit();
      const own = fencesOf(page).filter((fence) => claimOf(fence)?.by === OWN);
      expect(own).not.toEqual([]);
      // A command above it reads the file that is shown below.
      for (const { language, text } of own)
        if (language === 'csv') writeFileSync(place.file('newsletter.csv'), text);
      for (const [i, fence] of own.entries()) {
        // Whoever was erased comes back as somebody new.
        if (page === 'docs/privacy.md') await visit();
        // An answer belongs to the request above it.
        if (fence.language === 'json' && own[i - 1]?.language === 'http') continue;
        await perform(fence, own[i + 1]).catch((error: unknown) => {
          throw new TesseraError('internal', `${fence.page}:${fence.line}\n${fence.text}`, { cause: error });
        });
      }
      await shell.run('rm -rf restored trial .tessera.backups another');
    },
    120_000,
  );

  const perform = async (fence: Fence, next: Fence | undefined): Promise<void> => {
    switch (fence.language) {
      case 'sh':
        return await inShell(fence.text);
      case 'http':
        return await ask(
          fence.text,
          next?.language === 'json' ? (JSON.parse(next.text) as unknown) : undefined,
        );
      case 'yaml':
        return await checkDefinitions(fence);
      case 'sql':
        expect(await api.sql(fence.text)).toBeInstanceOf(Array);
        return;
      case 'js':
        return await runProgram(fence.text);
      case 'csv':
        return;
      case 'json':
        return await sendBody(fence.text);
      default:
        throw new TesseraError('internal', `nobody runs ${fence.language}`);
    }
  };

  /** What follows a stream waits for something to happen, and ends with the first of it. */
  const inShell = async (text: string): Promise<void> => {
    const follows = /^curl -sN.*$|^npx tessera tail.*$/gm;
    if (!follows.test(text))
      return void (await shell.run(text.replaceAll('http://127.0.0.1:8080', api.address)));
    const block = text
      .replaceAll('http://127.0.0.1:8080', api.address)
      .replaceAll(/^curl -sN.*$/gm, (line) => `{ ${line}; } | grep -m1 -q '^data: {"id"'`)
      .replaceAll(/^npx tessera tail.*$/gm, (line) => `${line} --limit 1`);
    await whileThingsHappen(async () => void (await shell.run(block)));
  };

  const whileThingsHappen = async (work: () => Promise<void>): Promise<void> => {
    let over = false;
    const worked = work().finally(() => {
      over = true;
    });
    for (let n = 0; !over; n++) {
      const identifiers = { phone: `139${String(20_000_000 + visits * 1_000 + n)}` };
      const look = { type: 'product_viewed', identifiers, consent: AGREED };
      const properties = { item_id: 'spu-8', category: 'women/plus-size/dresses', price: 389 };
      await api.post('/v1/events?wait=applied', [
        ...[1, 2, 3].map(() => ({ ...look, properties })),
        { type: 'product_viewed', identifiers, properties: { price: 'much' } },
      ]);
    }
    await worked;
  };

  /** One request or several, each with its body below it. */
  const ask = async (text: string, promise: unknown): Promise<void> => {
    const requests = text.split(/\n+(?=(?:GET|PUT|POST|DELETE) )/);
    for (const [i, request] of requests.entries()) {
      const [line = '', ...rest] = request.split('\n');
      const [method = '', path = ''] = line.split(' ');
      const body = rest.join('\n').trim();
      const send = async (): Promise<JsonObject> => {
        const answer =
          method === 'GET'
            ? await api.get(path)
            : method === 'POST'
              ? await api.post(path, body)
              : await api.send(method as 'PUT' | 'DELETE', path, body);
        expect([path, answer.status < 300 ? 'ok' : answer.text]).toEqual([path, 'ok']);
        expect(answer.body?.rejected ?? []).toEqual([]);
        return answer.body as JsonObject;
      };
      if (promise === undefined || i < requests.length - 1) await send();
      else
        await waitUntil(`what ${path} promises`, async () => differences(promise, await send()).length === 0);
    }
  };

  const checkDefinitions = async ({ text }: Fence): Promise<void> => {
    if (SETTINGS.test(text)) return checkConfiguration(text);
    for (const document of parseAllDocuments(text)) {
      const { path, body } = definitionOf(document.toJS() as JsonObject);
      const answer = await api.send('PUT', `${path}?dry_run=1`, JSON.stringify(body));
      expect([path, answer.status === 200 ? 'ok' : answer.text]).toEqual([path, 'ok']);
    }
  };

  const runProgram = async (code: string): Promise<void> => {
    if (code.includes('function verify')) return await checkVerifier(code);
    writeFileSync(place.file('program.mjs'), code.replaceAll('http://127.0.0.1:8080', api.address));
    let output = '';
    await whileThingsHappen(async () => {
      output = await shell.run('node program.mjs');
    });
    expect(JSON.parse(output)).toMatchObject({ id: expect.any(String), trigger: expect.any(String) });
  };

  /** A body: an event, or a draft of a trigger with somebody to try it on. */
  const sendBody = async (text: string): Promise<void> => {
    if ('type' in (JSON.parse(text) as object)) return void (await api.apply(text));
    const answer = await api.post('/v1/triggers/previews', text);
    expect([answer.status, answer.body.past]).toEqual([200, expect.any(Object)]);
  };
});

/** Files that commands of the pages name. */
function writeInputs(place: EnginePlace): void {
  const product = { item_id: 'spu-3301', name: 'Yoga leggings', price: '399.00', currency: 'CNY' };
  const files = {
    'products.ndjson': `${JSON.stringify({ ...product, variants: [{ variant_id: 'sku-3301-S' }] })}\n`,
    'stores.json': JSON.stringify([{ store_id: 'SH-001', name: 'Xintiandi' }]),
    'stock-tonight.json': JSON.stringify([{ variant_id: 'sku-3301-S', store: 'SH-001', quantity: 4 }]),
    'draft.yaml': 'name: draft\nwhen: { feature: orders_lifetime, gte: 1 }\n',
    'vip-list.csv': 'profile,tag\nphone:13900001111,vip\n',
    'plus_size.yaml': 'name: draft_of_it\non: { event: product_viewed }\naction: { channel: none }\n',
    'november.csv': 'campaign,day,amount\nautumn,2026-11-03,120.00\n',
    'fitting_guide.yaml':
      'name: fitting_guide_opened\nschema: { type: object, properties: { step: { type: integer } } }\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(place.file(name), text);
}

/** Read as a configuration file is, with secrets where the page leaves them out. */
function checkConfiguration(text: string): void {
  const written = parse(
    text.replaceAll(/(\b[ws]k_)?…/g, '$1abcdefghijklmnopqrstuvwxyz0123456789'),
  ) as JsonObject;
  const config = loadConfig({
    env: { TESSERA_CONFIG: 'tessera.yaml' },
    flags: {},
    readFile: () => Buffer.from(JSON.stringify(written)),
  });
  expect(config.mode).toBe('dev');
}

/** The receiver of the page believes what the engine signs, and nothing that was changed on the way. */
async function checkVerifier(code: string): Promise<void> {
  const source = `${code}\nexport { verify };`;
  const module = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
    readonly verify: (headers: object, body: string, secret: string) => boolean;
  };
  const [secret, other] = [1, 2].map((n) => `whsec_${Buffer.alloc(32, n).toString('base64')}`) as [
    string,
    string,
  ];
  const message = { id: 'f-1', timestamp: 1_795_255_200, body: '{"type":"trigger.fired"}' };
  const { verify } = module;
  expect(verify(signedHeaders(message, [other, secret]), message.body, secret)).toBe(true);
  expect(verify(signedHeaders(message, [other]), message.body, secret)).toBe(false);
  expect(verify(signedHeaders(message, [secret]), `${message.body} `, secret)).toBe(false);
}
