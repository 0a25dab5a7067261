import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanAddress } from '../../../src/ingest/personal/clean-address.ts';
import { createNameBook } from '../../../src/ingest/personal/judge-name.ts';
import { kindOfText, mayTell } from '../../../src/ingest/personal/telling-values.ts';

const book = createNameBook();
/** As the walk asks. */
const cleaned = (text: string): string => (mayTell(text) ? cleanAddress(text, book) : text);

describe('an address', () => {
  it.each([
    [
      'https://shop.example/p/1?utm_source=x&email=a%40b.example&x=1',
      'https://shop.example/p/1?utm_source=x&email=&x=1',
    ],
    [
      'https://shop.example/p?Phone_Number=%2B86+138+0013+8000#top',
      'https://shop.example/p?Phone_Number=#top',
    ],
    ['?phone=13800138000&q=red', '?phone=&q=red'],
    ['email=ann%40b.example', 'email='],
    ['https://a.example/#/login?givenName=Ann&step=2', 'https://a.example/#/login?givenName=&step=2'],
    ['pages/item/item?id=15012345678&tel=02112345678', 'pages/item/item?id=15012345678&tel='],
    [
      'https://a.example/?customer[email]=q&customer%5Bfirst_name%5D=w',
      'https://a.example/?customer[email]=&customer%5Bfirst_name%5D=',
    ],
    ['https://a.example/?ref=ann@b.example&from=13800138000', 'https://a.example/?ref=&from='],
    ['https://a.example/?姓名=张三&尺码=XL', 'https://a.example/?姓名=&尺码=XL'],
    [
      'https://a.example/?%E6%89%8B%E6%9C%BA%E5%8F%B7=13800138000',
      'https://a.example/?%E6%89%8B%E6%9C%BA%E5%8F%B7=',
    ],
    ['/account/ann@b.example/edit', '/account/*/edit'],
    ['https://a.example/u/ann%40b.example', 'https://a.example/u/*'],
    ['https://ann:pw@a.example/x', 'https://a.example/x'],
    ['mailto:ann@b.example?subject=hi', 'mailto:?subject=hi'],
    ['tel:+8613800138000', 'tel:'],
    [
      'https://a.example/?next=https%3A%2F%2Fb.example%2F%3Femail%3Dann%2540b.example%26z%3D1',
      'https://a.example/?next=https%3A%2F%2Fb.example%2F%3Femail%3D%26z%3D1',
    ],
    ['https://a.example/ x?email=ann b', 'https://a.example/ x?email='],
  ])('loses what it says of somebody: %s', (text, expected) => {
    expect(cleaned(text)).toBe(expected);
    expect(cleaned(expected)).toBe(expected);
  });

  it.each([
    'https://shop.example/women/dresses?utm_source=wechat&utm_medium=social&page=2&sort=price',
    'https://shop.example/p?name=dress&mobile=1&email_opt_in=true&phone_model=x',
    'https://cdn.example/logo@2x.png?v=3',
    'https://medium.example/@handle/post',
    'https://a.example/?id=15012345678&t=1763883944&redirect=%2Fcart%3Fa%3D1',
    'https://a.example/?q=%E0%A4%A',
    'size = XL, email = none',
    'sku=1;size=2',
    '===&&&===',
  ])('stays as it is where it says nothing of anybody: %s', (text) => {
    expect(cleaned(text)).toBe(text);
  });

  it('keeps every other parameter, whatever there is', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}[0-9]?$/);
    const params = fc.array(fc.tuple(word, fc.stringMatching(/^[A-Za-z0-9._~-]{0,9}$/)), { maxLength: 6 });
    fc.assert(
      fc.property(params, params, (before, after) => {
        const plain = (list: readonly (readonly [string, string])[]) =>
          list
            .filter(([name]) => book.get(name).kind === undefined)
            .map(([name, value]) => `${name}=${value}`);
        const url = (secret: string) =>
          `https://shop.example/p?${[...plain(before), `work_email=${secret}`, ...plain(after)].join('&')}`;
        expect(cleaned(url('ann'))).toBe(url(''));
      }),
    );
  });

  it('is never too odd', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => typeof cleaned(text) === 'string'),
    );
  });
});

describe('a value', () => {
  it.each([
    ['ann@example.com', 'email'],
    [' Ann.Lee+shop@mail.example.co ', 'email'],
    ['Ann Lee <ann@example.com>', 'email'],
    ['ann@example.com, bob@example.com', 'email'],
    ['张三@例子.公司', 'email'],
    ['ann＠example.com', 'email'],
    ['ann@example.com,', 'email'],
    ['(ann@example.com)', 'email'],
    ['"ann@example.com".', 'email'],
    ['ann@example.com|bob@example.com', 'email'],
    [Array.from({ length: 200 }, (_, n) => `a${n}@example.com`).join(', '), 'email'],
    ['(+86) 138 0013 8000', 'phone'],
    ['＋8613800138000', 'phone'],
    ['+86\u2013138\u20130013\u20138000', 'phone'],
    ['+86 138 0013 8000', 'phone'],
    ['+14155552671', 'phone'],
  ] as const)('says by itself what it is: %s', (text, kind) => {
    expect(mayTell(text)).toBe(true);
    expect(kindOfText(text)).toBe(kind);
  });

  it.each([
    '@handle',
    '@, @',
    '(+)',
    '00012345600012',
    'logo@2x.png',
    'lib@1.2.3',
    'wechat_openid@wx123',
    'a b@example.com c',
    '+0800',
    '+1',
    '13800138000',
    'x@y',
    '',
  ])('says nothing by itself: %j', (text) => {
    expect(kindOfText(text)).toBeUndefined();
  });
});
