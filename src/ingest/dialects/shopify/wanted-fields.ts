import type { WantedJson } from '../../pick-json.ts';

/** What is read of the objects of Shopify: every field that `decode` looks at, and nothing else. */
const GOODS: WantedJson = {
  product_id: 'all',
  variant_id: 'all',
  sku: 'all',
  price: 'all',
  quantity: 'all',
  discount_allocations: { amount: 'all' },
};
const LINE: WantedJson = {
  ...GOODS,
  title: 'all',
  name: 'all',
  variant_title: 'all',
  vendor: 'all',
  gift_card: 'all',
};
const CONSENT: WantedJson = { state: 'all' };
const CUSTOMER: WantedJson = {
  id: 'all',
  first_name: 'all',
  last_name: 'all',
  email: 'all',
  phone: 'all',
  verified_email: 'all',
  created_at: 'all',
  updated_at: 'all',
  default_address: { city: 'all', province: 'all', country_code: 'all' },
  email_marketing_consent: CONSENT,
  sms_marketing_consent: CONSENT,
};

function wanted(line: WantedJson): WantedJson {
  const refund: WantedJson = {
    id: 'all',
    order_id: 'all',
    created_at: 'all',
    note: 'all',
    transactions: { kind: 'all', status: 'all', amount: 'all', currency: 'all' },
    refund_line_items: { quantity: 'all', subtotal: 'all', line_item: line },
  };
  return {
    ...CUSTOMER,
    ...refund,
    token: 'all',
    name: 'all',
    total_price: 'all',
    total_tax: 'all',
    taxes_included: 'all',
    currency: 'all',
    shipping_lines: { discounted_price: 'all', price: 'all' },
    total_tip_received: 'all',
    discount_codes: { code: 'all' },
    payment_gateway_names: 'all',
    cart_token: 'all',
    checkout_token: 'all',
    source_name: 'all',
    location_id: 'all',
    user_id: 'all',
    cancelled_at: 'all',
    cancel_reason: 'all',
    contact_email: 'all',
    note_attributes: { name: 'all', value: 'all' },
    customer_locale: 'all',
    landing_site: 'all',
    referring_site: 'all',
    client_details: { user_agent: 'all' },
    customer: CUSTOMER,
    line_items: line,
    refunds: refund,
  };
}

export const WANTED = wanted(LINE);

/** Without names. Whether a line is a gift card stays, since selling one is no sale of goods. */
export const GOODS_ALONE = wanted({ ...GOODS, gift_card: 'all' });
