import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  BEGINNINGS,
  draftOf,
  draftOfText,
  fieldOf,
  isPlain,
  withField,
  withSwitch,
} from '../../src/console/triggers/draft.ts';

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
    expect(fieldOf(sent.fields, ['on', 'of', 'event'])).toBe('product_viewed');
    expect(withField(sent, ['description'], '').fields).not.toHaveProperty('description');
    expect(draft.fields).toEqual(BEGINNINGS.triggers);
  });

  it('begins with something that its format allows', () => {
    const schemaOf = { triggers: 'trigger', segments: 'segment', features: 'feature' } as const;
    for (const kind of ['triggers', 'segments', 'features'] as const) {
      const path = new URL(`../../schemas/definitions/${schemaOf[kind]}.json`, import.meta.url);
      const fits = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(path, 'utf8')));
      expect(fits(BEGINNINGS[kind]), JSON.stringify(fits.errors)).toBe(true);
    }
  });

  it('is switched by one field, which only what is off has', () => {
    const draft = draftOf(BEGINNINGS.triggers);
    const off = withSwitch(draft, false);
    expect(off.fields).toEqual({ ...BEGINNINGS.triggers, enabled: false });
    expect(withSwitch(off, true)).toEqual(draft);
    const broken = draftOfText('name: [');
    expect(withSwitch(broken, false)).toBe(broken);
  });

  it('leaves to the text what a form cannot show', () => {
    const { fields } = draftOfText('on: [a, b]\nlimit: { cooldown: 1h, caps: [] }\naction: none');
    expect(isPlain(fields, ['on'])).toBe(false);
    expect(isPlain(fields, ['limit', 'cooldown'])).toBe(true);
    expect(isPlain(fields, ['limit', 'caps'])).toBe(false);
    expect(isPlain(fields, ['action', 'channel'])).toBe(false);
    expect(isPlain(fields, ['group'])).toBe(true);
    expect(isPlain(fields, ['other', 'inner'])).toBe(true);
  });

  it('keeps what is typed although it says nothing yet', () => {
    for (const text of ['name: [', 'name', '- a', '']) {
      const draft = draftOfText(text);
      expect(draft).toMatchObject({ text, fields: undefined });
      expect(draft.problem).toBeTruthy();
    }
  });
});
