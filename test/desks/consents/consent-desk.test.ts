import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUSED } from '../../../src/cluster/topology.ts';
import { completePrivacy } from '../../../src/definitions/complete-privacy.ts';
import { createConsentDesks } from '../../../src/desks/consents/consent-desks.ts';
import { pseudonymOf } from '../../../src/desks/consents/partner-export.ts';
import { createIdentityReader } from '../../../src/desks/identity-reader.ts';
import { createSegmentReader } from '../../../src/desks/segment-reader.ts';
import { createLogIntake } from '../../../src/ingest/intake.ts';
import { JobRegistry } from '../../../src/jobs/jobs.ts';
import { limits } from '../../../src/limits.ts';
import type { AuditEntry } from '../../../src/model/audit.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { nameOfPlace } from '../../../src/model/record.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import type { TriggerDefinition } from '../../../src/model/trigger.ts';
import { createEntryCodec, encodeRecord } from '../../../src/runner/codec.ts';
import { createStateReader } from '../../../src/runner/whole-state.ts';
import type { Consents, Sharing } from '../../../src/serve/consent-service.ts';
import type { Segments } from '../../../src/serve/segment-service.ts';
import { segmentOf } from '../../segments/segment-world.ts';
import { createHistoryPlace, type EngineWithHistory } from '../../support/engine-with-history.ts';
import { retailPack } from '../../support/fused-engine.ts';

const SECRET = Buffer.alloc(32, 9);
const hello: TriggerDefinition = {
  name: 'hello',
  purpose: 'marketing',
  on: { event: 'product_viewed' },
  action: { channel: 'sms' },
};
const privacy = completePrivacy({
  controller: { name: 'Lumen Retail', contact: 'privacy@lumen.example' },
  notices: { privacy: { version: 2 } },
  fields: {
    birthday: { class: 'general', purpose: 'personalization' },
    dependents: { purpose: 'personalization', notice: { name: 'privacy', version: 2 } },
    height: { purpose: 'personalization', notice: { name: 'privacy', version: 2 } },
  },
  partners: {
    ads: {
      fields: ['kind', 'segments', 'traits.city', 'traits.height', 'traits.name'],
      until: '2027-01-31',
      keep_days: 30,
    },
    gone: { fields: ['kind'], until: '2026-11-20' },
    narrow: { fields: ['kind'], segments: ['prospect'], until: '2027-01-31' },
  },
});
const segments = [
  segmentOf('tall', { trait: 'height', gte: 170 }),
  segmentOf('lookers', { feature: 'views_lifetime', gte: 1 }),
];

const place = createHistoryPlace();
let engine: EngineWithHistory;
let consents: Consents;
let sharing: Sharing;
let members: Segments;
let audited: AuditEntry[];

beforeAll(async () => {
  const { segments: shipped = [] } = retailPack;
  const pack = { ...retailPack, triggers: [hello], segments: [...shipped, ...segments], privacy };
  engine = await place.open('consents', { pack });
  const { store, clock, definitions, history, profiles, log, opening } = engine;
  const state = createStateReader(store, FUSED);
  const codec = createEntryCodec(definitions);
  audited = [];
  const desks = createConsentDesks({
    identity: createIdentityReader({
      state,
      codec,
      now: () => clock.now(),
      findIdentifier: (type, value) => opening.indexOf(type, value) ?? { code: 'none', message: 'none' },
      open: opening.open,
    }),
    state,
    definitions,
    clock,
    history,
    keyring: { indexKey: SECRET },
    audit: { record: async (entry) => void audited.push(entry) },
    intake: createLogIntake({
      log,
      encodeEvent: (event) => encodeRecord({ kind: 'event', event }),
      encodeQuarantine: encodeRecord,
    }),
    outcomes: {
      announce: () => () => undefined,
      async outcomesOf(places) {
        await engine.drain();
        const all = engine.committed.flatMap(({ outcomes }) => outcomes);
        return places.map((each) => {
          const found = all.find(({ position }) => nameOfPlace(position) === nameOfPlace(each));
          if (found === undefined) throw new Error(`nothing became of ${nameOfPlace(each)}`);
          return found.outcome;
        });
      },
    },
  });
  consents = desks.consents;
  sharing = desks.sharing;
  const jobs = new JobRegistry({ clock, onError: () => undefined });
  members = createSegmentReader({
    people: FUSED.people,
    store,
    state,
    codec,
    definitions,
    clock,
    history,
    profiles,
    jobs,
  });
}, 60_000);
afterAll(async () => {
  await engine.stop();
  place.remove();
});

let events = 0;
async function view(user: string, more: JsonObject = {}) {
  const event = { type: 'product_viewed', identifiers: { user_id: user }, properties: { item_id: 'i' } };
  const { accepted } = await engine.send([{ id: `e-${events++}`, ...event, ...more }]);
  const [item] = accepted;
  if (item?.outcome === undefined) throw new Error('the event was not applied');
  return item.outcome;
}
const profileOf = async (user: string) =>
  await engine.profiles.byIdentifier('user_id', user, { reveal: false, features: new Set() });
const decisionsOn = async (user: string) =>
  (await view(user)).firings.map(({ decision, reason }) => [decision, reason]);

describe('consents', () => {
  it('that are withdrawn at the desk suppress the next decision, and stand in the history with who entered them', async () => {
    await view('u-1', { consent: { marketing: { sms: true }, text_version: '2026-09', method: 'form' } });
    expect(await decisionsOn('u-1')).toEqual([['fired', undefined]]);
    const { last_seen } = (await profileOf('u-1')) ?? {};
    engine.clock.advance(1_000);
    const order = {
      profile: 'user_id:u-1',
      consent: { marketing: { sms: false }, method: 'call' },
      reason: 'asked',
    };
    const now = await consents.enter(order, 'ann');
    expect(now.consents).toMatchObject([{ name: 'marketing.sms', given: false, source: 'operator' }]);
    // Nothing that they did themselves.
    expect(await profileOf('u-1')).toMatchObject({ last_seen });
    expect(await decisionsOn('u-1')).toEqual([['suppressed', 'no_consent']]);
    await engine.settle();
    const { history } = await consents.of('user_id:u-1', 10);
    expect(history).toMatchObject([
      { name: 'marketing.sms', given: false, author: 'ann', reason: 'asked', method: 'call' },
      { name: 'marketing.sms', given: true, text_version: '2026-09', method: 'form', stated: false },
    ]);
    expect(await consents.of('user_id:u-1', 0)).not.toHaveProperty('history');
    const { purposes, party_identification } = await consents.receipt('user_id:u-1');
    expect(purposes).toMatchObject([
      {
        purpose: 'marketing',
        channel: 'sms',
        lawful_basis: 'consent',
        event: { event_state: 'consent_withdrawn' },
      },
    ]);
    expect(party_identification).toMatchObject([{ party_name: 'Lumen Retail' }]);
    await expect(consents.enter({ ...order, profile: 'user_id:nobody' }, 'ann')).rejects.toMatchObject({
      code: 'profile_not_found',
    });
  });

  it('and notices make a field usable: it waits, is due, and counts from the moment it was told', async () => {
    await view('u-2', {
      traits: { height: 180, dependents: [{ relation: 'child', birth_month: '2024-05' }] },
    });
    expect(await profileOf('u-2')).toMatchObject({
      withheld: { dependents: 'pending_notice', height: 'pending_notice' },
      traits: {},
    });
    const due = { notice: 'privacy', version: 2, told: null, fields: ['dependents', 'height'] };
    const { profile_id = '' } = (await profileOf('u-2')) ?? {};
    const page = { notice: undefined, after: '', limit: 10 };
    expect(await consents.due(page)).toEqual({ people: [{ profile_id, due: [due] }] });
    expect(await consents.due({ ...page, notice: 'other' })).toEqual({ people: [] });
    expect((await profileOf('u-2'))?.segments).not.toContain('tall');
    await consents.enter({ profile: profile_id, consent: { notices: { privacy: 2 } }, reason: '' }, 'ann');
    expect(await profileOf('u-2')).toMatchObject({
      withheld: { dependents: 'no_consent' },
      traits: { height: 180 },
    });
    expect((await profileOf('u-2'))?.segments).toContain('tall');
    expect(await consents.due(page)).toEqual({ people: [] });
    await view('u-2', { consent: { guardian: true } });
    expect(await profileOf('u-2')).not.toHaveProperty('withheld');
    expect((await consents.of(profile_id, 0)).notices).toMatchObject([{ notice: 'privacy', version: 2 }]);
  });
});

describe('sharing', () => {
  const ask = { segment: 'lookers', partner: 'ads', after: '', limit: 100, removals: false };

  it('gives a partner what was agreed of those who agree, under names of their own', async () => {
    await view('s-1', {
      traits: { city: 'Shanghai', height: 190, name: '张三' },
      consent: { sharing: true },
    });
    await view('s-2', { consent: { sharing: { ads: false, other: true } } });
    await view('s-3', { consent: { sharing: { ads: true } } });
    await engine.settle();
    const { profile_id: first = '' } = (await profileOf('s-1')) ?? {};
    const { profile_id: third = '' } = (await profileOf('s-3')) ?? {};
    const page = await sharing.rows(ask, 'ann');
    const pseudonyms = [first, third].map((id) => pseudonymOf(id, 'ads', SECRET));
    expect(page).toMatchObject({ expires_at: new Date(engine.clock.now() + 30 * DAY_MS).toISOString() });
    expect(page.members).toHaveLength(2);
    expect(page.members).toMatchObject([
      // Neither what is sealed, nor what they were not told of.
      {
        pseudonym: pseudonyms[0],
        fields: { kind: 'customer', 'traits.city': 'Shanghai', 'traits.height': null, 'traits.name': null },
      },
      { pseudonym: pseudonyms[1] },
    ]);
    expect(JSON.stringify(page)).not.toContain(first);
    expect(pseudonymOf(first, 'other', SECRET)).not.toBe(pseudonyms[0]);
    expect(audited).toMatchObject([
      { action: 'data_exported', author: 'ann', subjects: [first, third], count: 2 },
    ]);
    engine.clock.advance(1_000);
    await consents.enter({ profile: first, consent: { sharing: false }, reason: '' }, 'ann');
    const after = await sharing.rows({ ...ask, removals: true }, 'ann');
    expect(after.members).toMatchObject([{ pseudonym: pseudonyms[1] }]);
    expect(after.removed).toContain(pseudonyms[0]);
  });

  it('ends with the agreement, keeps to its segments, and to what there is', async () => {
    const refused = { code: 'sharing_not_allowed' };
    await expect(sharing.rows({ ...ask, partner: 'gone' }, 'ann')).rejects.toMatchObject(refused);
    await expect(sharing.rows({ ...ask, partner: 'narrow' }, 'ann')).rejects.toMatchObject(refused);
    await expect(sharing.groups({ ...ask, by: 'lifecycle' }, 'ann')).rejects.toMatchObject(refused);
    await expect(sharing.rows({ ...ask, partner: 'nobody' }, 'ann')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(sharing.rows({ ...ask, segment: 'nonsense' }, 'ann')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('tells numbers of groups that nobody can be found in', async () => {
    const city = async (name: string, people: number): Promise<void> => {
      const id = (n: number) => `${name}-${n}`;
      await engine.send(
        Array.from({ length: people }, (_, n) => ({
          ...{
            id: id(n),
            type: 'product_viewed',
            identifiers: { user_id: id(n) },
            properties: { item_id: 'i' },
          },
          ...{ traits: { city: name }, consent: { sharing: true } },
        })),
      );
    };
    await city('Suzhou', limits.sharedGroupPeopleMin);
    await city('Wuxi', limits.sharedGroupPeopleMin - 1);
    await engine.settle();
    expect(await sharing.groups({ ...ask, by: 'traits.city' }, 'ann')).toMatchObject({
      groups: [{ value: 'Suzhou', people: limits.sharedGroupPeopleMin }],
      suppressed: true,
      complete: true,
    });
  });

  it('and every list for a purpose holds only those who agreed to it', async () => {
    const read = { reveal: false as const, features: new Set<string>() };
    const of = async (purpose: string) =>
      (
        await members.members({
          segment: 'lookers',
          after: '',
          limit: 1_000,
          consent: undefined,
          purpose,
          read,
        })
      ).members.length;
    const all = await of('service');
    const sharable = await of('sharing');
    expect(sharable).toBeGreaterThan(limits.sharedGroupPeopleMin);
    expect(all).toBeGreaterThan(sharable);
    expect(await of('marketing.email')).toBe(0);
  });
});
