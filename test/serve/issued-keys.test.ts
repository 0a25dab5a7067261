import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { allScopes } from '../../src/model/access-key.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Principal } from '../../src/serve/authenticate.ts';
import { FoldedKeys } from '../support/folded-keys.ts';

const giver = { author: 'operator', scopes: new Set(allScopes) };
const open = { origins: 'any', requestsPerSecond: 0, eventsPerSecond: 0, expiresAt: 0 } as const;

async function made(keys: FoldedKeys, terms: object = {}, kind: 'write' | 'secret' = 'secret') {
  const scopes = kind === 'write' ? (['ingest'] as const) : (['read'] as const);
  const answer = await keys.desk.create({ name: 'till', kind, terms: { ...open, scopes, ...terms } }, giver);
  return { text: textOf(answer), id: String(answer.id) };
}

function textOf({ key }: JsonObject): string {
  if (typeof key !== 'string') throw new TypeError('no key in the answer');
  return key;
}

function caught(act: () => unknown): TesseraError {
  try {
    act();
  } catch (error) {
    if (error instanceof TesseraError) return error;
    throw error;
  }
  throw new TypeError('nothing was thrown');
}

function principalOf(keys: FoldedKeys, text: string): Principal {
  const found = keys.access.authenticator.identify(text);
  if (found === undefined) throw new TypeError('the key is not known');
  return found;
}

describe('KnownKeys', () => {
  it('knows a key that was made, and what it may do', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys, { origins: ['https://shop.example'] });
    expect(principalOf(keys, text)).toMatchObject({ kind: 'secret', name: 'till' });
    expect([...principalOf(keys, text).scopes]).toEqual(['read']);
    expect(principalOf(keys, text).origins).toEqual(new Set(['https://shop.example']));
  });

  it('keeps nothing that the text could be told from', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys);
    const kept = JSON.stringify([keys.entries, keys.desk.list()]);
    expect(kept).not.toContain(text.slice(3, 20));
    expect(JSON.stringify(keys.desk.list())).not.toContain(keys.entries[0]?.secrets[0]?.digest);
  });

  it('knows no other text of the same form', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys);
    const { text: other } = await made(new FoldedKeys([], 'elsewhere'));
    expect(other).not.toBe(text);
    expect(keys.access.authenticator.identify(other)).toBeUndefined();
  });

  it('lets a write key ingest and nothing else, whatever its entry says', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys, {}, 'write');
    keys.access.known.use(keys.entries.map((entry) => ({ ...entry, scopes: allScopes })));
    expect([...principalOf(keys, text).scopes]).toEqual(['ingest']);
  });

  it('ends a key at its expiry, by the clock of the node', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys, { expiresAt: keys.now + 1_000 });
    const { ended } = principalOf(keys, text);
    keys.now += 999;
    expect(keys.access.authenticator.identify(text)).toBeDefined();
    keys.now += 1;
    expect(keys.access.authenticator.identify(text)).toBeUndefined();
    expect(ended?.aborted).toBe(false);
    keys.look();
    expect(ended?.aborted).toBe(true);
    expect(keys.desk.show('till')).toMatchObject({ status: 'expired' });
  });

  it('takes both secrets of a rotated key until the grace is over', async () => {
    const keys = new FoldedKeys();
    const { text: first } = await made(keys);
    const { ended } = principalOf(keys, first);
    const second = textOf(await keys.desk.rotate('till', 60_000, giver));
    expect(principalOf(keys, first).name).toBe(principalOf(keys, second).name);
    keys.now += 60_000;
    keys.look();
    expect(keys.access.authenticator.identify(first)).toBeUndefined();
    expect(ended?.aborted).toBe(true);
    expect(principalOf(keys, second).ended?.aborted).toBe(false);
  });

  it('ends a revoked key and what was opened with it, and leaves others alone', async () => {
    const keys = new FoldedKeys();
    const { text, id } = await made(keys);
    const other = textOf(
      await keys.desk.create({ name: 'b', kind: 'secret', terms: { ...open, scopes: ['read'] } }, giver),
    );
    const [gone, stays] = [principalOf(keys, text), principalOf(keys, other)];
    await keys.desk.revoke(id, giver);
    expect(keys.access.authenticator.identify(text)).toBeUndefined();
    expect([gone.ended?.aborted, stays.ended?.aborted]).toEqual([true, false]);
    // What is opened with it lives as long as the key, however often a node looks.
    expect(principalOf(keys, other)).toBe(stays);
  });

  it('ends what was opened under other terms, and goes on under the new ones', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys);
    const before = principalOf(keys, text);
    await keys.desk.change('till', { scopes: ['define'] }, giver);
    expect(before.ended?.aborted).toBe(true);
    expect([...principalOf(keys, text).scopes]).toEqual(['define']);
  });
});

describe('the rate of a key', () => {
  it('is what it may send in a while, and says when to come back', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys, { requestsPerSecond: 2 });
    const send = () => principalOf(keys, text).meter?.takeRequest();
    for (let n = 0; n < 2 * limits.keyBurstSeconds; n++) send();
    expect(caught(send)).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 500 });
    keys.now += 500;
    send();
    expect(caught(send).code).toBe('rate_limited');
    keys.now += 60 * 60_000;
    for (let n = 0; n < 2 * limits.keyBurstSeconds; n++) send();
    expect(caught(send).code).toBe('rate_limited');
  });

  it('lets a batch through that is larger than the burst, and has it paid for', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys, { eventsPerSecond: 10 });
    const { meter } = principalOf(keys, text);
    meter?.takeRequest();
    meter?.takeEvents(500);
    // 50 were saved up, so 450 are owed, and one more has to be there.
    expect(caught(() => meter?.takeEvents(1)).retryAfterMs).toBe(45_100);
    keys.now += 45_100;
    meter?.takeEvents(1);
  });

  it('is one for both secrets, and is not given anew by a change of something else', async () => {
    const keys = new FoldedKeys();
    const { text } = await made(keys, { requestsPerSecond: 1 });
    for (let n = 0; n < limits.keyBurstSeconds; n++) principalOf(keys, text).meter?.takeRequest();
    const second = textOf(await keys.desk.rotate('till', 60_000, giver));
    await keys.desk.change('till', { origins: ['https://a.example'] }, giver);
    expect(caught(() => principalOf(keys, second).meter?.takeRequest()).code).toBe('rate_limited');
    await keys.desk.change('till', { requestsPerSecond: 0 }, giver);
    expect(principalOf(keys, second).meter).toBeUndefined();
  });
});
