import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalName } from '../../src/ingest/names.ts';

const types = readdirSync(new URL('../../schemas/events/', import.meta.url))
  .map((file) => file.replace('.json', ''))
  .filter((name) => !['common', 'envelope', 'custom'].includes(name));

describe('canonicalName', () => {
  it('leaves every name of the taxonomy as it is', () => {
    for (const type of types) expect(canonicalName(type)).toBe(type);
  });

  it('maps every title-case spelling of the taxonomy to it', () => {
    for (const type of types) {
      const words = type.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
      expect(canonicalName(words.join(' '))).toBe(type);
      expect(canonicalName(words.join(''))).toBe(type);
    }
  });

  it.each([
    ['Order Completed', 'order_completed'],
    ['Completed Order', 'order_completed'],
    ['order_paid', 'order_completed'],
    ['Order Paid', 'order_completed'],
    ['purchase', 'order_completed'],
    ['refund', 'order_refunded'],
    ['Product Added', 'product_added'],
    ['Product Added to Wishlist', 'product_favorited'],
    ['Products Searched', 'products_searched'],
    ['Cart Viewed', 'cart_viewed'],
    ['view_item', 'product_viewed'],
    ['add_to_cart', 'product_added'],
    ['remove_from_cart', 'product_removed'],
    ['begin_checkout', 'checkout_started'],
    ['view_item_list', 'product_list_viewed'],
    ['search', 'products_searched'],
    ['sign_up', 'signed_up'],
    ['login', 'signed_in'],
    ['$pageview', 'page_viewed'],
    ['$SignUp', 'signed_up'],
    ['$AppViewScreen', 'screen_viewed'],
    ['$WebClick', 'element_clicked'],
    ['$identify', 'profile_identified'],
    ['Fitting Guide Opened', 'fitting_guide_opened'],
    ['fitting-guide.opened', 'fitting_guide_opened'],
    ['HTMLReceiptShown', 'html_receipt_shown'],
    ['constructor', 'constructor'],
  ])('turns %j into %s', (name, expected) => expect(canonicalName(name)).toBe(expected));

  it.each(['', ' ', '$', '浏览商品', 'a'.repeat(65), 'x'.repeat(100_000), 'a\u0000b', 'drop;table', 'naïve'])(
    'makes no name of %j',
    (name) => expect(canonicalName(name)).toBeUndefined(),
  );

  it('maps to names that are canonical themselves', () => {
    for (const name of ['purchase', 'order_paid', '$pageview', 'Viewed Product', 'share', 'Email Opened']) {
      const once = canonicalName(name) ?? '';
      expect(types).toContain(once);
      expect(canonicalName(once)).toBe(once);
    }
  });
});
