import { describe, expect, it } from 'vitest';
import { readNestedJson } from '../../../src/ingest/dialects/nested-json.ts';
import { asObject, givenText, isGiven, present, presentPart } from '../../../src/ingest/dialects/present.ts';
import { stableId } from '../../../src/ingest/dialects/stable-id.ts';
import { utmCampaign } from '../../../src/ingest/dialects/utm-campaign.ts';

describe('what dialects share', () => {
  it('leaves out what says nothing, and keeps what is false or zero', () => {
    expect({ ...present('a', null), ...present('b', ''), ...present('c', undefined) }).toEqual({});
    expect({ ...present('a', 0), ...present('b', false) }).toEqual({ a: 0, b: false });
    expect([presentPart('page', {}), presentPart('page', { url: '/' })]).toEqual([
      {},
      { page: { url: '/' } },
    ]);
    expect([isGiven([]), givenText(''), givenText(1), givenText('x')]).toEqual([
      true,
      undefined,
      undefined,
      'x',
    ]);
    expect([asObject(null), asObject([]), asObject('x')]).toEqual([{}, {}, {}]);
  });

  it('makes ids that tell parts apart, not only what they come to in a row', () => {
    expect(stableId(['a', 'b'])).toBe(stableId(['a', 'b']));
    expect(stableId(['a', 'b'])).not.toBe(stableId(['ab']));
    expect(stableId(['1'])).not.toBe(stableId([1]));
    expect(stableId([undefined, 'a'])).not.toBe(stableId(['a']));
  });

  it('reads objects inside of texts as strictly as those outside', () => {
    expect(readNestedJson('{"a":[1]}')).toEqual({ a: [1] });
    const refused = [
      '',
      '[]',
      '1',
      '{"a":1,"a":2}',
      '{"__proto__":{}}',
      '{"a":"\\ud800"}',
      `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`,
    ];
    for (const text of refused) expect(readNestedJson(text), text).toBeUndefined();
  });

  it('finds the campaign of a tagged address', () => {
    expect(utmCampaign({ utm_source: 'news', utm_campaign: 'summer', utm_term: null })).toEqual({
      source: 'news',
      name: 'summer',
    });
    expect(utmCampaign({ $utm_source: 'news' }, '$')).toEqual({ source: 'news' });
    expect(utmCampaign('x')).toEqual({});
  });
});
