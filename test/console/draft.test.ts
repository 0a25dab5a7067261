import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BEGINNINGS, draftOf, draftOfText, fieldOf, withField } from '../../src/console/triggers/draft.ts';

describe('the draft of a definition', () => {
  it('is what is in force, without what the engine adds', () => {
    const draft = draftOf({
      name: 'a',
      when: { feature: 'x', gte: 1 },
      version: 'v',
      author: 'ops',
      since: 1,
      members: 3,
    });
    expect(parse(draft.text)).toEqual({ name: 'a', when: { feature: 'x', gte: 1 } });
  });

  it('says the same as text and as fields, whichever was changed', () => {
    const draft = draftOf(BEGINNINGS.triggers);
    const named = withField(draft, ['name'], 'other');
    const sent = withField(named, ['action', 'channel'], 'sms');
    expect(draftOfText(sent.text).fields).toEqual(sent.fields);
    expect(fieldOf(sent.fields, ['name'])).toBe('other');
    expect(fieldOf(sent.fields, ['action', 'channel'])).toBe('sms');
    expect(fieldOf(sent.fields, ['on', 'event'])).toBe('product_viewed');
    expect(withField(sent, ['description'], '').fields).not.toHaveProperty('description');
    expect(draft.fields).toEqual(BEGINNINGS.triggers);
  });

  it('keeps what is typed although it says nothing yet', () => {
    for (const text of ['name: [', 'name', '- a', '']) {
      const draft = draftOfText(text);
      expect(draft).toMatchObject({ text, fields: undefined });
      expect(draft.problem).toBeTruthy();
    }
  });
});
