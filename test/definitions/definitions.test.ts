import { describe, expect, it } from 'vitest';
import { Definitions } from '../../src/definitions/definitions.ts';
import { readFeatures } from '../../src/features/read.ts';
import type { DirectoryDigests } from '../../src/model/definitions.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { EMPTY_POLICY, type IdentityPolicy } from '../../src/model/identity-policy.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet } from '../../src/model/profile.ts';
import { DAY_MS } from '../../src/model/time.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { eventOf, MapView, recordingContext } from '../support/fold-world.ts';
import { BEGIN_MS, createFusedRunner, viewsFeature } from '../support/fused-runner.ts';

const items: FeatureDefinition = {
  ...viewsFeature,
  name: 'items',
  aggregate: 'distinct',
  of: 'properties.item_id',
};
const trigger: TriggerDefinition = {
  name: 'looks',
  purpose: 'service',
  on: { count: 1, of: { event: 'product_viewed' }, within: '1m' },
  action: { channel: 'none' },
};

const known: IdentityPolicy = {
  ...EMPTY_POLICY,
  types: [{ type: 'user_id', limit: 1, period: 'ever', strong: true, normalize: 'exact' }],
};

class World {
  readonly view = new MapView();
  readonly definitions = new Definitions({ reportingCurrency: 'CNY' });
  now = 1_000;

  take(features: readonly FeatureDefinition[], triggers: readonly TriggerDefinition[] = []) {
    this.now += 1_000;
    const context = recordingContext(this.view, { seq: 1, now: this.now });
    this.definitions.take(
      { kind: 'definitions', author: 'me', features, triggers, identity: EMPTY_POLICY },
      context,
    );
    return this.numbers();
  }

  /** Takes a policy, as somebody or as a directory. */
  takePolicy(identity: IdentityPolicy, author: string, directory?: DirectoryDigests) {
    this.now += 1_000;
    const context = recordingContext(this.view, { seq: 1, now: this.now });
    const { features } = this.definitions.entry;
    const record = { kind: 'definitions', author, triggers: [], identity } as const;
    this.definitions.take(
      {
        ...record,
        features: features.map(({ definition }) => definition),
        ...(directory === undefined ? {} : { directory }),
      },
      context,
    );
    return this.definitions.entry.identity;
  }

  numbers(): Record<string, number> {
    return Object.fromEntries(
      this.definitions.entry.features.map(({ definition, number }) => [definition.name, number]),
    );
  }
}

describe('definitions', () => {
  it('keep number, creation and origin while they stay as they are, wherever they stand', () => {
    const world = new World();
    world.take([viewsFeature, items]);
    const before = world.definitions.entry.features;
    world.take([items, { ...viewsFeature }]);
    expect(new Set(world.definitions.entry.features)).toEqual(new Set(before));
    expect(before.map(({ origin, createdAt }) => [origin, createdAt])).toEqual([
      [true, 2_000],
      [true, 2_000],
    ]);
  });

  it('get a new number when they change, and never one that was used before', () => {
    const world = new World();
    expect(world.take([viewsFeature, items])).toEqual({ views: 1, items: 2 });
    expect(world.take([{ ...viewsFeature, window: '30d' }, items])).toEqual({ views: 3, items: 2 });
    expect(world.take([items])).toEqual({ items: 2 });
    expect(world.take([viewsFeature, items])).toEqual({ views: 4, items: 2 });
    const views = world.definitions.entry.features[0];
    expect(views).toMatchObject({ createdAt: world.now, origin: false });
  });

  it('are adopted from state by whoever opens the partition', () => {
    const world = new World();
    world.take([viewsFeature], [trigger]);
    const other = new Definitions({ reportingCurrency: 'CNY' });
    other.adopt(world.view);
    expect(other.entry).toBe(world.view.get(keys.definitions));
    expect([...other.features.byName.keys()]).toEqual(['views']);
    expect(other.triggers.interested('product_viewed')).toBe(true);
    other.adopt(new MapView());
    expect([...other.features.byName.keys()]).toEqual([]);
  });

  it('give a trigger a version that follows its text', () => {
    const world = new World();
    const version = () => world.definitions.entry.triggers[0]?.version;
    world.take([], [trigger]);
    const first = version();
    world.take([], [{ ...trigger, action: { channel: 'sms' } }]);
    const second = version();
    world.take([], [trigger]);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).not.toBe(first);
    expect(version()).toBe(first);
  });

  it('begin with a policy by which nobody is recognized, or with the one that they are given', () => {
    const world = new World();
    expect(world.definitions.entry.identity).toMatchObject({ author: '', definition: EMPTY_POLICY });
    expect(world.definitions.identity.of('user_id')).toMatchObject({ strong: false });
    const given = new Definitions({ reportingCurrency: 'CNY', policy: known });
    expect(given.identity.of('user_id')).toMatchObject({ strong: true, limit: 1 });
    given.adopt(new MapView());
    expect(given.identity.of('user_id')).toMatchObject({ strong: true });
  });

  it('give the policy a version, an author and a date, which it keeps while only others change', () => {
    const world = new World();
    const first = world.takePolicy(known, 'ann');
    expect(first).toMatchObject({ author: 'ann', since: world.now, definition: known });
    expect(first.version).toMatch(/^[0-9a-f]{16}$/);
    expect(world.takePolicy(structuredClone(known), 'bob')).toEqual(first);
    const other = world.takePolicy({ ...known, shared: { strong_people_max: 7 } }, 'bob');
    expect(other).toMatchObject({ author: 'bob', since: world.now });
    expect(other.version).not.toBe(first.version);
    expect(world.definitions.identity.strongPeopleMax).toBe(7);
    expect(world.takePolicy(known, 'cat').version).toBe(first.version);
  });

  it('compile the policy anew for whoever adopts it, and go back when the state does', () => {
    const world = new World();
    world.takePolicy(known, 'ann');
    const other = new Definitions({ reportingCurrency: 'CNY' });
    other.adopt(world.view);
    expect(other.identity.of('user_id')).toMatchObject({ strong: true });
    other.adopt(new MapView());
    expect(other.identity.of('user_id')).toMatchObject({ strong: false });
  });

  it('remember what the directory held until another directory is taken', () => {
    const world = new World();
    const digests = { features: 'f', triggers: 't', identity: 'i' };
    world.takePolicy(known, 'directory', digests);
    world.takePolicy({ ...known, shared: { strong_people_max: 7 } }, 'ann');
    expect(world.definitions.entry.directory).toEqual(digests);
  });

  it('take effect at their place in the log: earlier events are not counted by a changed feature', async () => {
    const rig = createFusedRunner();
    const read = (id: string) => {
      const facet = rig.entry<Facet>(keys.facet(id, eventOf('', ['a1']).facet));
      return readFeatures(rig.definitions.features, facet === undefined ? [] : [facet], BEGIN_MS + DAY_MS);
    };
    await rig.define([viewsFeature]);
    const [first] = await rig.apply(eventOf('e1', ['a1'], { time: BEGIN_MS }));
    const id = first?.profileId ?? '';
    await rig.define([viewsFeature, items]);
    await rig.apply(eventOf('e2', ['a1'], { time: BEGIN_MS, properties: { item_id: 'i1' } }));
    expect([read(id).views?.value, read(id).items?.value]).toEqual([2, 1]);
    await rig.define([{ ...viewsFeature, window: '30d' }]);
    await rig.apply(eventOf('e3', ['a1'], { time: BEGIN_MS }));
    expect(read(id)).toMatchObject({ views: { value: 1, partial: true } });
    expect(read(id).items).toBeUndefined();
  });
});
