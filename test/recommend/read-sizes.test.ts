import { describe, expect, it } from 'vitest';
import type { CatalogItem } from '../../src/model/catalog.ts';
import type { KnownItem } from '../../src/recommend/person-view.ts';
import { readSize, SizeReader } from '../../src/recommend/read-sizes.ts';
import { SizeFit } from '../../src/recommend/size-fit.ts';

describe('a size', () => {
  it('is written one way, whoever wrote it', () => {
    const same = [
      ['XXL', '2XL', '２ＸＬ', ' xxl '],
      ['XL', '1XL'],
      ['XS', 'xs'],
      ['39', '39.0'],
    ];
    for (const texts of same)
      expect(new Set(texts.map((text) => JSON.stringify(readSize(text)))).size).toBe(1);
    expect(readSize('L')).not.toEqual(readSize('XL'));
    expect(readSize('M')).toEqual({ system: 'letters', size: 'M' });
  });

  it('can only be compared within its system', () => {
    const systems = ['8', '30', '39', '110', '245', '170/92A', 'L', '100g'].map(
      (text) => readSize(text)?.system,
    );
    expect(systems).toEqual(['us', 'inches', 'eu', 'height', 'millimeters', 'pair', 'letters', 'other']);
    for (const text of ['', 'one', 'One Size', '均码', 'F']) expect(readSize(text)).toBeUndefined();
  });

  it('belongs to who wears it and what it is for', () => {
    const reader = new SizeReader();
    const group = (category: string): string => reader.group(category);
    expect(group('women/tops/tees')).toBe(group('women/tops'));
    expect(group('Ladies/tops')).toBe(group('women/tops'));
    expect(new Set(['women/tops', 'men/tops', 'kids/tops', 'women/shoes', 'tops'].map(group)).size).toBe(5);
    expect(group('女装/上衣')).not.toBe(group('童装/上衣'));
  });
});

describe('what fits', () => {
  const shirt: CatalogItem = { item_id: 'x', category: 'women/tops' };
  const owned = (n: number, size: string, category = 'women/tops', returned = false): KnownItem => ({
    id: `i${n}`,
    item: { item_id: `i${n}`, category },
    facts: { item: `i${n}`, deeds: { ordered: { time: 1, tie: '', channel: 'pos', size } } },
    ownedAt: returned ? undefined : 1,
    returnedAt: returned ? 2 : undefined,
    interest: 0,
    deed: undefined,
    lastAt: 1,
  });
  const sizesFor = (
    known: readonly KnownItem[],
    stated: readonly string[] = [],
  ): ((size: string, item?: CatalogItem) => string) => {
    const sizes = new SizeFit(known, stated, new SizeReader());
    return (size, item = shirt) => sizes.of(item, { size });
  };

  it('takes two kept items of the same system, group and wearer to know', () => {
    expect(sizesFor([owned(1, 'L')])('S')).toBe('unknown');
    expect(sizesFor([owned(1, 'L'), owned(2, 'L', 'women/tops', true)])('S')).toBe('unknown');
    expect(sizesFor([owned(1, 'L'), owned(2, 'L', 'men/tops')])('S')).toBe('unknown');
    const known = sizesFor([owned(1, 'L'), owned(2, 'l')]);
    expect([known('L'), known('S'), known('39'), known('one')]).toEqual([
      'fits',
      'misfits',
      'unknown',
      'unknown',
    ]);
    expect(known('S', { item_id: 'y', category: 'kids/tops' })).toBe('unknown');
  });

  it('takes sizes that come up half as often as the most frequent one', () => {
    const known = sizesFor(['L', 'L', 'XL', 'L', 'XL', 'S'].map((size, n) => owned(n, size)));
    expect([known('L'), known('XL'), known('S'), known('M')]).toEqual(['fits', 'fits', 'misfits', 'misfits']);
  });

  it('takes what was stated before what was inferred', () => {
    const known = sizesFor([owned(1, 'L'), owned(2, 'L')], ['M', '39']);
    expect([known('M'), known('L'), known('39'), known('40')]).toEqual([
      'fits',
      'misfits',
      'fits',
      'misfits',
    ]);
  });
});
