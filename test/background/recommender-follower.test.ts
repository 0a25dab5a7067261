import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Learner,
  RecommenderFollower,
  type RecommenderFollowerOptions,
} from '../../src/background/recommender-follower.ts';
import {
  packSnapshot,
  type SnapshotContent,
  type SnapshotPlace,
  unpackSnapshot,
} from '../../src/background/recommender-snapshot.ts';
import { FUSED } from '../../src/cluster/topology.ts';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Interaction } from '../../src/model/recommendation.ts';
import type { Channel } from '../../src/ports/channel.ts';
import { Recommender } from '../../src/recommend/recommender.ts';
import { createHistoryPlace, type EngineWithHistory } from '../support/engine-with-history.ts';

/** Learns everything by heart. */
class Notebook implements Learner {
  readonly read: Interaction[];

  constructor(read: Interaction[] = []) {
    this.read = read;
  }

  learn(interaction: Interaction): void {
    this.read.push(interaction);
  }

  forget(profile: string): void {
    const kept = this.read.filter((each) => each.profile !== profile);
    this.read.splice(0, this.read.length, ...kept);
  }

  *parts(): Iterable<Uint8Array> {
    const bytes = Buffer.from(JSON.stringify(this.read));
    yield bytes.subarray(0, 7);
    yield bytes.subarray(7);
  }
}

const kind = {
  create: () => new Notebook(),
  read: (bytes: Uint8Array) => new Notebook(JSON.parse(Buffer.from(bytes).toString()) as Interaction[]),
};

class Drawer implements SnapshotPlace {
  bytes: Uint8Array | undefined;

  async read(): Promise<Uint8Array | undefined> {
    return this.bytes;
  }

  async write(parts: Iterable<Uint8Array>): Promise<void> {
    const written: Uint8Array[] = [];
    for (const part of parts) {
      written.push(Uint8Array.from(part));
      await this.between();
    }
    this.bytes = Buffer.concat(written);
  }

  /** What else goes on while the disk is at work. */
  async between(): Promise<void> {}
}

const place = createHistoryPlace();
afterAll(() => place.remove());

type Options = Partial<RecommenderFollowerOptions<Notebook>>;

/** A shop that everything comes into, and followers of it that come and go. */
class Shop {
  readonly engine: EngineWithHistory;
  readonly errors: string[] = [];
  #published = 0;
  #events = 0;

  constructor(engine: EngineWithHistory) {
    this.engine = engine;
  }

  follower(options: Options = {}): RecommenderFollower<Notebook> {
    const { store, history, reach, clock } = this.engine;
    return new RecommenderFollower({
      ...{ kind, topology: FUSED, store, history, reach, clock },
      channel: undefined,
      teachers: 'all',
      node: 'n1',
      deployment: 'shop',
      place: new Drawer(),
      onError: (_error, what) => this.errors.push(what),
      onNote: () => undefined,
      ...options,
    });
  }

  /** Views and orders, each a second after the one before. */
  async send(...events: readonly JsonObject[]): Promise<void> {
    const { clock } = this.engine;
    for (const event of events) {
      clock.advance(1_000);
      const id = `e${this.#events++}`;
      const time = new Date(clock.now()).toISOString();
      const identifiers = { user_id: 'u1' };
      const { accepted } = await this.engine.send([{ id, time, identifiers, ...event }]);
      expect(accepted).toHaveLength(1);
    }
  }

  /** What was committed since the last time. */
  tell(...followers: readonly Pick<RecommenderFollower<Learner>, 'committed'>[]): void {
    for (const batch of this.engine.committed.slice(this.#published))
      for (const follower of followers) follower.committed('p0', batch);
    this.#published = this.engine.committed.length;
  }
}

const view = (item: string): JsonObject => ({ type: 'product_viewed', properties: { item_id: item } });
const order = (id: string, ...items: readonly string[]): JsonObject => ({
  type: 'order_completed',
  properties: { order_id: id, total: 5, products: items.map((item) => ({ item_id: item })) },
});
const itemsOf = (follower: RecommenderFollower<Notebook>): string[] =>
  follower.recommender.read.map(({ items }) => items.map(({ item }) => item).join('+'));

describe('a follower of what happens', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = new Shop(await place.open('follower'));
  });

  it('learns the same from commits as from history', async () => {
    const live = shop.follower();
    live.start();
    await live.look();
    await shop.send(
      view('mat'),
      order('o1', 'mat', 'strap'),
      order('o1', 'mat', 'strap'),
      { ...view('top'), identifiers: {}, context: { store: 'SH-1' } },
      { type: 'product_favorited', properties: { item_id: 'top', removed: true } },
      {
        ...view('secret'),
        properties: { item_id: 'secret', category: 'yoga', brand: 'Lotus', variant_id: 's-1' },
      },
      { type: 'page_viewed', properties: { name: 'home' } },
    );
    shop.tell(live);
    expect(itemsOf(live)).toEqual(['mat', 'mat+strap', 'top', 'secret']);
    expect(live.recommender.read[2]).toMatchObject({ profile: '', store: 'SH-1', kind: 'view' });
    expect(live.recommender.read[1]).toMatchObject({ kind: 'order', order: 'default\0o1' });
    const { committed } = shop.engine;
    const last = committed.at(-2);
    for (const batch of committed) live.committed('p0', batch);
    // A store that stepped back has its batches cut anew.
    if (last !== undefined) live.committed('p0', { ...last, afterSeq: 0, lastSeq: last.lastSeq + 1_000 });
    expect(itemsOf(live)).toHaveLength(4);
    await shop.engine.settle();

    const later = shop.follower();
    expect(later.ready).toBe(false);
    await later.look();
    expect(later.ready).toBe(true);
    expect(later.recommender.read).toEqual(live.recommender.read);
    await live.stop();
  });

  it('goes on where its snapshot ends, and learns nothing twice', async () => {
    const drawer = new Drawer();
    const first = shop.follower({ place: drawer });
    first.start();
    await first.look();
    await shop.send(view('a'), order('o2', 'a'));
    shop.tell(first);
    await first.stop();
    const before = first.recommender.read.length;
    await shop.send(view('b'), order('o2', 'a'));
    shop.tell();
    await shop.engine.settle();
    const asked: string[] = [];
    const { history } = shop.engine;
    const counting = {
      query: async (sql: string, format: string) => {
        const answer = await history.query(sql, format);
        asked.push(...answer.split('\n').filter((line) => line.includes('item_ids')));
        return answer;
      },
    };
    const second = shop.follower({ place: drawer, history: counting });
    second.start();
    await second.look();
    expect(itemsOf(second).slice(0, before)).toEqual(itemsOf(first));
    expect(itemsOf(second).slice(before)).toEqual(['b']);
    // The view, and the order that was taught already.
    expect(asked).toHaveLength(2);
    await second.stop();
    const whole = shop.follower();
    await whole.look();
    expect(whole.recommender.read).toEqual(second.recommender.read);
    expect(shop.errors).toEqual([]);
  });

  it('gives a recommender the same bytes from commits, from history and from a snapshot', async () => {
    const recommenders = {
      create: () => new Recommender(),
      read: (bytes: Uint8Array) => Recommender.read(bytes),
    };
    const { store, history, reach, clock } = shop.engine;
    const drawer = new Drawer();
    const open = () =>
      new RecommenderFollower({
        ...{ kind: recommenders, topology: FUSED, store, history, reach, clock },
        ...{ channel: undefined, node: 'n1', deployment: 'shop', place: drawer, teachers: 'all' },
        onError: (_error, what) => shop.errors.push(what),
        onNote: () => undefined,
      });
    const bytesIn = (recommender: Recommender): Buffer => Buffer.concat([...recommender.parts()]);
    const bytesOf = ({ recommender }: { readonly recommender: Recommender }): string =>
      bytesIn(recommender).toString('base64');
    const live = open();
    live.start();
    await live.look();
    await shop.send(view('mat'), view('top'), order('o3', 'mat', 'top'), view('strap'));
    shop.tell(live);
    await shop.engine.settle();
    const whole = open();
    await whole.look();
    expect(bytesOf(whole)).toBe(bytesOf(live));
    await live.stop();
    const again = open();
    await again.look();
    // Counters come back in another order, which nobody sees.
    expect(bytesOf(again)).toBe(bytesOf({ recommender: Recommender.read(bytesIn(live.recommender)) }));
    expect(shop.errors).toEqual([]);
  });

  it('leaves a snapshot alone that is torn, of another version or another deployment, and reads history', async () => {
    const drawer = new Drawer();
    const first = shop.follower({ place: drawer });
    first.start();
    await first.look();
    await shop.send(view('c'));
    shop.tell(first);
    await first.stop();
    const good = drawer.bytes ?? new Uint8Array();
    await shop.engine.settle();
    const torn = Buffer.from(good);
    torn[40] = (torn[40] ?? 0) ^ 1;
    const { learned, ...head } = unpackSnapshot(good);
    const pack = (change: Partial<SnapshotContent>): Buffer =>
      Buffer.concat([...packSnapshot({ ...head, learned: [learned], ...change })]);
    const foreign = pack({ deployment: 'other' });
    const ahead = pack({ reached: [[0, 1_000_000]] });
    const strange = pack({ learned: [Buffer.from('?')] });
    for (const bytes of [torn, good.subarray(0, 20), Buffer.alloc(3), foreign, ahead, strange]) {
      shop.errors.length = 0;
      drawer.bytes = bytes;
      const next = shop.follower({ place: drawer });
      await next.look();
      expect(shop.errors).toHaveLength(1);
      expect(next.recommender.read).toEqual(first.recommender.read);
    }
    shop.errors.length = 0;
  });

  it('learns of who has agreed to it and of nobody in particular alone, where that is the setting', async () => {
    const follower = shop.follower({ teachers: 'agreed' });
    follower.start();
    await follower.look();
    const before = follower.recommender.read.length;
    await shop.send(
      view('private'),
      { ...view('shared'), consent: { personalization: true } },
      { ...view('nobodys'), identifiers: {} },
      { type: 'consent_changed', consent: { personalization: false } },
      view('secret'),
    );
    shop.tell(follower);
    expect(itemsOf(follower).slice(before)).toEqual(['shared', 'nobodys']);
    await shop.engine.settle();
    const past = shop.follower({ teachers: 'agreed' });
    await past.look();
    expect(past.recommender.read).toEqual(follower.recommender.read);
    await follower.stop();
  });

  it('puts what comes while it is written down aside, and forgets whom it is told to forget', async () => {
    const drawer = new Drawer();
    const follower = shop.follower({ place: drawer });
    follower.start();
    await follower.look();
    await shop.send(view('before'));
    shop.tell(follower);
    let told = 0;
    drawer.between = async () => {
      if (told++ > 0) return;
      await shop.send(view('between'));
      shop.tell(follower);
      expect(itemsOf(follower).at(-1)).toBe('before');
    };
    await follower.forget(['nobody']);
    expect(told).toBeGreaterThan(1);
    expect(itemsOf(follower).slice(-2)).toEqual(['before', 'between']);
    await shop.engine.settle();
    const again = shop.follower({ place: drawer });
    await again.look();
    expect(again.recommender.read).toEqual(follower.recommender.read);

    const { profile = '' } = follower.recommender.read.at(-1) ?? {};
    await follower.forget([profile]);
    const after = shop.follower({ place: drawer });
    await after.look();
    expect(after.recommender.read.some((each) => each.profile === profile)).toBe(false);
    expect(after.recommender.read).toEqual(follower.recommender.read);
    await follower.stop();
  });

  it('learns what happens now while history is away, and the past later, once', async () => {
    let away = true;
    const { history } = shop.engine;
    const sometimes = {
      query: async (sql: string, format: string) => {
        if (away) throw new TesseraError('history_unavailable', 'away');
        return await history.query(sql, format);
      },
    };
    const drawer = new Drawer();
    const follower = shop.follower({ history: sometimes, place: drawer });
    follower.start();
    await expect(follower.look()).rejects.toMatchObject({ code: 'history_unavailable' });
    expect(follower.ready).toBe(true);
    await shop.send(view('now'));
    shop.tell(follower);
    expect(itemsOf(follower)).toEqual(['now']);
    away = false;
    await shop.engine.settle();
    await follower.look();
    const sorted = (list: readonly string[]) => [...list].sort();
    const whole = shop.follower();
    await whole.look();
    expect(sorted(itemsOf(follower))).toEqual(sorted(itemsOf(whole)));
    await follower.stop();
  });

  it('has what came meanwhile wait for what came before', async () => {
    const follower = shop.follower();
    // Nothing was asked yet: all of it waits.
    follower.start();
    await shop.send(view('meanwhile'));
    shop.tell(follower);
    await shop.engine.settle();
    await follower.look();
    const whole = shop.follower();
    await whole.look();
    expect(follower.recommender.read).toEqual(whole.recommender.read);
    await follower.stop();
  });

  it('reads from history what another node said and nobody heard', async () => {
    const listeners: ((bytes: Uint8Array) => void)[] = [];
    let deaf = false;
    const channel: Channel = {
      publish: (_topic, bytes) => {
        if (!deaf) for (const listener of listeners) listener(bytes);
      },
      subscribe: (_topic, listener) => {
        listeners.push((bytes) => listener(bytes, ''));
        return () => undefined;
      },
    };
    const here = shop.follower({ channel, node: 'here' });
    const there = shop.follower({ channel, node: 'there' });
    for (const each of [here, there]) {
      each.start();
      await each.look();
    }
    // What teaches nothing leaves no gap.
    await shop.send({ type: 'page_viewed', properties: { name: 'x' } }, view('heard'));
    shop.tell(here);
    deaf = true;
    await shop.send(view('lost'));
    shop.tell(here);
    deaf = false;
    expect(there.status().gaps).toBe(0);
    await shop.send({ type: 'page_viewed', properties: { name: 'x' } }, view('again'));
    shop.tell(here);
    expect(itemsOf(here).slice(-3)).toEqual(['heard', 'lost', 'again']);
    expect(itemsOf(there).slice(-2)).toEqual(['heard', 'again']);
    expect(there.status().gaps).toBe(1);
    await shop.engine.settle();
    await there.look();
    expect(itemsOf(there).slice(-3)).toEqual(['heard', 'again', 'lost']);
    expect([there.status().gaps, itemsOf(there).length]).toEqual([0, itemsOf(here).length]);
    // What anybody may publish there is looked at before it is believed.
    for (const text of [
      '',
      '{}',
      '{"partition":0,"after":0,"upTo":"x"}',
      '[1]',
      '{"partition":0,"after":0,"upTo":0,"taught":[[1,{}]]}',
    ])
      channel.publish('', Buffer.from(text));
    expect(itemsOf(there).length).toBe(itemsOf(here).length);
    await here.stop();
    await there.stop();
  });

  it('leaves to history what there is no room for while it waits', async () => {
    const { store } = shop.engine;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const closed: Options['store'] = {
      checkpoint: async (partition) => {
        await gate;
        return await store.checkpoint(partition);
      },
    };
    const asked: string[] = [];
    const { history } = shop.engine;
    const overheard: Options['history'] = {
      query: async (sql, format) => {
        asked.push(sql);
        return await history.query(sql, format);
      },
    };
    const follower = shop.follower({ store: closed, history: overheard });
    follower.start();
    await shop.send(view('one'));
    const last = shop.engine.committed.at(-1);
    if (last === undefined) throw new TesseraError('internal', 'nothing was committed');
    const { rows, lastSeq } = last;
    const fitting = Array.from({ length: limits.interactionsWaitingMax }, () => rows).flat();
    // As many as may wait, then one more and another one; all of it behind what the state has committed.
    const at = [lastSeq, lastSeq + 1, lastSeq + 2, lastSeq + 3];
    for (const [n, some] of [fitting, rows, rows].entries()) {
      const behind = some.map((row) => ({ ...row, values: row.values.with(1, at[n + 1]) }));
      follower.committed('p0', { ...last, rows: behind, afterSeq: at[n] ?? 0, lastSeq: at[n + 1] ?? 0 });
    }
    await shop.engine.settle();
    open();
    await follower.look();
    const whole = shop.follower();
    await whole.look();
    await follower.look();
    const { learned } = whole.status();
    expect(follower.status()).toMatchObject({ learned: learned + limits.interactionsWaitingMax, gaps: 0 });
    expect(asked.join()).toContain(`seq > ${lastSeq + 1} AND seq <= ${lastSeq + 3}`);
    await follower.stop();
    shop.tell();
  });
});
