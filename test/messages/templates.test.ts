import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { compileTemplates } from '../../src/messages/compile-templates.ts';
import { messageScope } from '../../src/messages/message-scope.ts';
import { renderMessage } from '../../src/messages/render-message.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import type { TemplateTexts } from '../../src/model/template.ts';
import type { Firing } from '../../src/model/trigger.ts';

const FEATURES = new Set(['views_1h', 'top_items']);

function firingOf(payload: JsonObject = {}): Firing {
  return {
    id: 'f'.repeat(32),
    trigger: 'abandoned_cart',
    profile_id: 'p-1',
    decision: 'fired',
    at: Date.UTC(2026, 10, 21, 10),
    event_id: 'e-1',
    channel: 'sms',
    payload,
    trace: {},
  };
}

interface Said {
  readonly features?: Readonly<Record<string, JsonValue>>;
  readonly traits?: Readonly<Record<string, JsonValue>>;
  readonly loyalty?: Readonly<Record<string, JsonValue>>;
  readonly properties?: JsonObject;
  readonly data?: JsonObject;
}

function render(locales: Readonly<Record<string, TemplateTexts>>, said: Said = {}, locale = ''): JsonObject {
  const set = compileTemplates(
    [{ name: 'hello', default_locale: Object.keys(locales)[0] ?? 'en', locales }],
    FEATURES,
  );
  const template = set.byName.get('hello');
  if (template === undefined) throw new TesseraError('internal');
  const event = { type: 'product_viewed', time: 0, channel: 'web', properties: said.properties ?? {} };
  const scope = messageScope(template.uses, {
    firing: firingOf(said.data === undefined ? {} : { data: said.data }),
    // What a message reads of an event.
    event: event as Event,
    lookup: {
      feature: (name) => said.features?.[name],
      trait: (name) => said.traits?.[name],
      loyalty: (name) => said.loyalty?.[name],
    },
  });
  return renderMessage(set, template, { scope, locale });
}

const body = (text: string, said: Said = {}): JsonValue | undefined =>
  render({ en: { body: text } }, said).body;

function refusalOf(text: string): {
  readonly code: string;
  readonly path: string | undefined;
  readonly detail: string;
} {
  try {
    compileTemplates([{ name: 'bad', default_locale: 'en', locales: { en: { body: text } } }], FEATURES);
  } catch (error) {
    if (error instanceof TesseraError) return { code: error.code, path: error.path, detail: error.message };
    throw error;
  }
  return { code: '', path: undefined, detail: '' };
}

describe('a template', () => {
  it('says what it is told of the event, the profile, the ledger and the data', () => {
    const text =
      '{{ event.properties.name }} {{ features.views_1h }} {{ traits.nickname }} {{ loyalty.tier }} {{ data.cta }} {{ trigger.name }}' +
      '{% for item in items %} {{ forloop.index }}:{{ item.title }}{% endfor %}';
    const said = {
      properties: { name: 'Coat' },
      features: { views_1h: 3 },
      traits: { nickname: 'Li' },
      loyalty: { tier: 'gold' },
      data: { cta: 'Look', items: [{ title: 'Hat' }, { title: 'Mat' }] },
    };
    expect(body(text, said)).toBe('Coat 3 Li gold Look abandoned_cart 1:Hat 2:Mat');
  });

  it('leaves nothing behind where a value is missing, or its default', () => {
    expect(
      body("[{{ traits.nickname }}] {{ traits.nickname | default: 'you' }} {{ event.properties.a.b.c }}"),
    ).toBe('[] you ');
  });

  it('takes a sealed value for missing', () => {
    const traits = { name: { $sealed: 'v1.f.abc', kind: 'name' }, tags: ['a', { $sealed: 'v1.f.abc' }] };
    expect(body("{{ traits.name | default: 'you' }} {{ traits.tags | join: ',' }}", { traits })).toBe(
      'you a',
    );
  });

  it.each([
    ['zh-CN', 'zh-CN'],
    ['zh_cn', 'zh-CN'],
    ['zh-TW', 'zh'],
    ['ZH', 'zh'],
    ['fr', 'en'],
    ['', 'en'],
  ])('speaks to %s in %s', (wanted, spoken) => {
    const locales = { en: { body: 'en' }, zh: { body: 'zh' }, 'zh-CN': { body: 'zh-CN' } };
    expect(render(locales, {}, wanted)).toMatchObject({ locale: spoken, body: spoken });
  });

  it('shows a moment by the clock of the customer', () => {
    const text = "{{ event.properties.at | date: '%Y-%m-%d %H:%M' }}";
    const said = { properties: { at: '2026-11-21T20:30:00Z' }, traits: { timezone: 'Asia/Shanghai' } };
    expect(body(text, said)).toBe('2026-11-22 04:30');
    expect(body("{{ 'now' | date: '%Y' }}")).toBe('');
  });

  it.each([
    ['{{ nobody.knows }}', 'a message may name'],
    ['{{ features.unknown_feature }}', 'there is no feature "unknown_feature"'],
    ['{{ event.claims }}', 'it has type, time'],
    ['{{ loyalty.wealth }}', 'no value of the ledger'],
    ['{{ features[data.which] }}', 'must be named'],
    ['{{ coupon.secret }}', 'it has code'],
    ['{% if nope %}a{% endif %}', 'a message may name'],
    ['{% for x in everything.here %}{{ x }}{% endfor %}', 'a message may name'],
    ['{{ traits.a | uuid }}', 'undefined filter'],
    ['{{ traits.a | sample }}', 'undefined filter'],
    ["{% include 'passwd' %}", 'not found'],
    ["{% render '/etc/passwd' %}", 'not found'],
    ["{% layout 'a' %}", 'not found'],
    ['{{ traits.a ', 'not closed'],
    ['{% if traits.a %}', 'not closed'],
  ])('with %s is refused at its place', (text, why) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe('invalid_definition');
    expect(refusal.path).toBe('/locales/en/body');
    expect(refusal.detail).toContain(why);
  });

  it('that is too long, or has no texts for its own default, is refused', () => {
    expect(refusalOf('x'.repeat(10_001)).code).toBe('invalid_definition');
    expect(() =>
      compileTemplates([{ name: 'a', default_locale: 'fr', locales: { en: { body: '' } } }]),
    ).toThrow(/default_locale/);
    expect(() =>
      compileTemplates([{ name: 'a', default_locale: 'en', locales: { en: { body: '', error: 'x' } } }]),
    ).toThrow(/belongs to the message/);
  });

  it.each([
    ['{% for a in (1..3000) %}{% for b in (1..3000) %}x{% endfor %}{% endfor %}', 'too much'],
    [
      '{% assign s = "abcdefgh" %}{% for a in (1..60) %}{% assign s = s | append: s %}{% endfor %}{{ s }}',
      'limit',
    ],
    ['{% for a in (1..999999999) %}x{% endfor %}', 'limit'],
  ])('that would work without an end says so instead: %s', (text, why) => {
    const message = render({ en: { body: text } });
    expect(message.error).toContain(why);
    expect(message.body).toBeUndefined();
  });

  it('reads nothing but what it was given', () => {
    expect(body('{{ data.constructor }}{{ data.__proto__ }}{{ traits.toString }}', { data: {} })).toBe('');
  });

  it('never says undefined, null or [object, whatever is missing', () => {
    const value = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant({ q: 1 }),
      fc.constant([{ q: 1 }]),
    );
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        fc.pre(![a, b, c].some((each) => typeof each === 'string' && /undefined|null|object/.test(each)));
        const text =
          '{{ event.properties.a }}|{{ traits.b | upcase }}|{{ features.views_1h | plus: 0 }}|{{ data.c.d }}';
        const said: Said = {
          properties: a === undefined ? {} : { a },
          traits: b === undefined ? {} : { b },
          features: c === undefined ? {} : { views_1h: c },
        };
        expect(String(body(text, said)).toLowerCase()).not.toMatch(/undefined|null|\[object/);
      }),
      { seed: 7 },
    );
  });
});
