import { describe, expect, it } from 'vitest';
import { shownPath } from '../../src/ingest/shown-path.ts';

describe('the path of a fault', () => {
  it.each([
    '',
    '/properties/products/12/unit_price',
    '/identifiers/wechat_openid@wx8f2c1d1234567890',
    '/context/page.url',
    '/properties/$set_once/first-name',
    '/traits/手机号',
  ])('is shown where its steps are names of fields: %j', (path) => {
    expect(shownPath(path)).toBe(path);
  });

  it.each([
    ['/consent/ann@b.example', '/consent/*'],
    ['/consent/ann@b.example/email', '/consent/*/email'],
    ['/properties/13900001111', '/properties/*'],
    ['/properties/user-13900001111', '/properties/*'],
    ['/properties/+86 139 0000 1111', '/properties/*'],
    ['/properties/Ann Lee/age', '/properties/*/age'],
    ['/traits/张小明', '/traits/*'],
    ['/traits/', '/traits/*'],
    ['/properties/a~1b/x', '/properties/*/x'],
    [`/properties/${'x'.repeat(65)}`, '/properties/*'],
    ['/properties/a\u202eb', '/properties/*'],
  ])('has * for what may be somebody: %j', (path, expected) => {
    expect(shownPath(path)).toBe(expected);
    expect(shownPath(expected)).toBe(expected);
  });
});
