import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import { limits } from '../../src/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';

const dir = new URL('../../schemas/events/', import.meta.url).pathname;
const schemas = loadEventSchemas(dir);

/** The taxonomy as the design states it; `order_paid` is an alias of `order_completed`. */
const TAXONOMY =
  `product_viewed product_list_viewed products_searched product_added product_removed cart_viewed
  checkout_started order_completed order_refunded order_cancelled coupon_applied promotion_viewed promotion_clicked
  product_favorited product_shared product_reviewed page_viewed screen_viewed store_entered store_left zone_dwelled
  product_tried stock_inquired location_reported ticket_opened ticket_closed survey_answered message_sent
  message_delivered message_opened message_clicked points_earned points_redeemed profile_identified consent_changed
  signed_up signed_in signed_out order_placed order_shipped order_ready_for_pickup order_picked_up order_delivered
  order_exchanged order_claimed members_merged coupon_issued coupon_redeemed coupon_expired coupon_returned
  social_interacted activity_joined content_engaged element_clicked question_asked referral_made appointment_booked
  ticket_updated issue_resolved stock_adjusted stock_changed item_changed redemption_cancelled birthday_reached
  recommendation_shown recommendation_clicked`.split(/\s+/);

const normalize = createNormalizer({
  schemas,
  defaultCurrency: 'CNY',
  allowCustomTypes: true,
  sources: {},
});
const context = {
  receivedAt: Date.parse('2026-11-21T20:00:00Z'),
  source: 'docs',
  defaultChannel: 'server',
  publicKey: false,
};

function examplesOf(document: JsonObject | undefined): readonly JsonObject[] {
  return Array.isArray(document?.examples) ? document.examples.filter(isJsonObject) : [];
}

function* nodes(value: JsonValue | undefined): Generator<JsonObject> {
  if (Array.isArray(value)) for (const item of value) yield* nodes(item);
  else if (isJsonObject(value)) {
    yield value;
    for (const child of Object.values(value)) yield* nodes(child);
  }
}

describe('the event schemas', () => {
  it('cover the whole taxonomy and nothing else', () => {
    expect([...schemas.types.keys()].sort()).toEqual([...TAXONOMY].sort());
  });

  it.each([...schemas.documents.keys()])('describe %s, and name it after its file', (name) => {
    const document = schemas.documents.get(name);
    expect(document?.$id).toBe(`https://tessera.dev/schemas/events/${name}.json`);
    expect(String(document?.title).length).toBeGreaterThan(3);
    expect(String(document?.description)).toMatch(/^[A-Z].{20,}\.$/s);
  });

  it.each([...schemas.types.keys(), 'custom', 'envelope'])(
    'give an example of %s that the normalizer takes',
    (name) => {
      const examples = examplesOf(schemas.documents.get(name));
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        const result = normalize(example, context);
        expect(result).toMatchObject({ ok: true });
        if (result.ok && schemas.types.has(name)) expect(result.event.type).toBe(name);
        expect(JSON.stringify(example)).not.toMatch(/"currency":"(?!CNY|USD)/);
      }
    },
  );

  it('describe every property', () => {
    for (const [name, document] of schemas.documents) {
      if (name === 'common' || !isJsonObject(document.properties)) continue;
      for (const [key, property] of Object.entries(document.properties)) {
        const described = isJsonObject(property) && (property.description ?? property.$ref);
        expect(described, `${name}.${key}`).toBeTruthy();
      }
    }
  });

  it('bound lists of products as the limits do', () => {
    for (const document of schemas.documents.values()) {
      for (const node of nodes(document)) {
        const items = isJsonObject(node.items) ? node.items.$ref : undefined;
        if (typeof items === 'string' && /\/product(_line)?$/.test(items)) {
          expect(node.maxItems).toBe(limits.productsPerEventMax);
        }
      }
    }
    const envelope = schemas.documents.get('envelope');
    const fields = isJsonObject(envelope?.properties) ? envelope.properties : {};
    expect(fields).toMatchObject({
      id: { maxLength: limits.eventIdCharactersMax },
      channel: { maxLength: limits.channelCharactersMax },
      source: { maxLength: limits.sourceCharactersMax },
      traits: { maxProperties: limits.traitsPerEventMax },
      consent: { maxProperties: limits.consentsPerFacetMax },
    });
  });

  it('seal what is personal in any event, whatever its type', () => {
    for (const schema of [...schemas.types.values(), schemas.custom]) {
      const paths = schema.personal.map((field) => field.keys.join('.'));
      expect(paths).toContain('properties.phone');
      expect(paths).toContain('properties.id_number');
      expect(new Set(paths).size).toBe(paths.length);
    }
    expect(schemas.envelope.personal.map((field) => field.keys.join('.'))).toContain('traits.birthday');
  });

  it('keep personal data out of lists, where the sealer would not find it', () => {
    for (const [name, document] of schemas.documents) {
      for (const node of nodes(document)) {
        for (const inner of nodes(node.items)) expect(inner['x-personal'], name).toBeUndefined();
      }
    }
  });
});

describe('loadEventSchemas', () => {
  const made: string[] = [];
  afterAll(() => {
    for (const path of made) rmSync(path, { recursive: true });
  });

  function folder(files: Record<string, string>): string {
    const path = mkdtempSync(join(tmpdir(), 'schemas-'));
    made.push(path);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(path, `${name}.json`), text);
    return path;
  }

  it.each([
    ['nothing', {}],
    ['no schema but text', { common: '{' }],
    ['a list', { common: '[]' }],
    ['no envelope', { common: '{"$id":"https://tessera.dev/schemas/events/common.json"}' }],
  ])('refuses a folder that holds %s', (_, files) => {
    expect(() => loadEventSchemas(folder(files))).toThrow(
      expect.objectContaining({ code: 'invalid_config' }),
    );
  });

  it('refuses a folder that does not exist', () => {
    expect(() => loadEventSchemas('/nowhere')).toThrow(expect.objectContaining({ code: 'invalid_config' }));
  });

  it('reads every file of the folder', () => {
    expect(schemas.documents.size).toBe(readdirSync(dir).length);
  });
});
