import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createNormalizer } from '../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../src/ingest/schemas.ts';
import type { PersonalFields } from '../../src/model/personal-fields.ts';

const schemas = loadEventSchemas(fileURLToPath(new URL('../../schemas/events', import.meta.url)));

function read(yaml: string): PersonalFields {
  return loadConfig({ env: {}, flags: { config: 'c' }, readFile: () => Buffer.from(yaml) }).personalFields;
}

const LIST = `
personal_fields:
  everywhere: { seal: { salon_card: id_number } }
  traits: { clear: [display_name] }
  properties: { seal: { engraving: name }, clear: [salon_card, supportMail] }
  context: {}
`;

function pathsOf(personalFields: PersonalFields, event: object): readonly string[] {
  const normalize = createNormalizer({
    schemas,
    defaultCurrency: 'CNY',
    allowCustomTypes: true,
    sources: {},
    personalFields,
  });
  const context = { receivedAt: 1_800_000_000_000, source: 's', defaultChannel: 'web', publicKey: false };
  const normalized = normalize({ type: 'engraved', identifiers: { user_id: 'u' }, ...event }, context);
  return normalized.ok ? normalized.personal.map(({ path }) => path).sort() : [normalized.code];
}

describe('personal_fields', () => {
  it('are none unless a file names some', () => {
    expect(read('port: 1')).toEqual({});
  });

  it('add to what the engine seals, and take from it, in each part of events', () => {
    const event = {
      properties: {
        engraving: 'Ann',
        SalonCard: 'c-1',
        supportMail: 'help@shop.example',
        other: 'a@b.example',
      },
      traits: { salonCard: 'c-2', displayName: 'ann', username: 'ann' },
      context: { 'salon-card': 'c-3', display_name: 'ann' },
    };
    expect(pathsOf(read(LIST), event)).toEqual([
      '/context/display_name',
      '/context/salon-card',
      '/properties/engraving',
      '/properties/other',
      '/traits/salonCard',
      '/traits/username',
    ]);
    expect(pathsOf({}, event)).toEqual([
      '/context/display_name',
      '/properties/other',
      '/properties/supportMail',
      '/traits/displayName',
      '/traits/username',
    ]);
  });

  it('add properties that a shipped schema lists without a mark, but no ids and no amounts', () => {
    const seal = { note: 'name', order_id: 'id_number', total: 'name', method: 'name' } as const;
    const event = {
      type: 'order_completed',
      properties: { order_id: 'o-1', total: '10000.00', note: 'for Ann', coupon_name: 'x' },
    };
    expect(pathsOf({ properties: { seal } }, event)).toEqual(['/properties/note']);
    expect(pathsOf({}, event)).toEqual([]);
  });

  it.each([
    ['personal_fields: [a]', 'must be a mapping of everywhere, properties, traits, context'],
    ['personal_fields: { headers: {} }', 'speaks of headers'],
    ['personal_fields: { traits: [a] }', 'has under traits no mapping'],
    ['personal_fields: { traits: { sael: {} } }', 'the word sael'],
    ['personal_fields: { traits: { seal: [a] } }', 'no mapping of names to kinds'],
    ['personal_fields: { traits: { seal: { a: secret } } }', 'a, whose kind must be one of phone'],
    ['personal_fields: { traits: { clear: name } }', 'no list of names'],
    ['personal_fields: { traits: { clear: ["_"] } }', 'a name that is no text'],
    ['personal_fields: { traits: { clear: [7] } }', 'a name that is no text'],
    [
      'personal_fields: { traits: { seal: { nick_name: name }, clear: [nickName] } }',
      'both as personal and as not',
    ],
    [
      `personal_fields: { traits: { clear: [${Array.from({ length: 501 }, (_, n) => `a${n}`).join(', ')}] } }`,
      'more than 500 names',
    ],
  ])('refuse the start where they are wrong: %s', (yaml, message) => {
    expect(() => read(yaml)).toThrow(message);
    expect(() => read(yaml)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
  });

  it.each([
    ['traits', 'Email'],
    ['properties', 'recipient_name'],
    ['everywhere', 'PHONE'],
  ])('take back nothing that the shipped schemas mark: %s', (place, name) => {
    expect(() => pathsOf({ [place]: { clear: [name] } }, {})).toThrow(
      expect.objectContaining({ code: 'invalid_config', path: `personal_fields.${place}.clear` }),
    );
  });
});
