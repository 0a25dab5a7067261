/**
 * A till: one request brings the sale in and the offers out. `node till.mjs --help` says how to use it.
 *
 * The receipt's number makes the id of the event, so a sale that is sent twice counts once. A sale is never held up by the
 * engine: one that cannot be sent goes into a journal, and the next start sends that first.
 */
import { parseArgs } from 'node:util';
import { createClient, TesseraApiError } from 'tessera/client';
import { addToJournal, sendJournal } from './till-journal.mjs';

const USAGE = `till.mjs [options]

  --item ID:PRICE[xQUANTITY]  a line of the receipt; again for every line
  --phone NUMBER              who buys, where they said so
  --member ID                 the number of their card
  --store ID                  where (SH-001)
  --associate ID              who sells
  --receipt NUMBER            the number of the receipt
  --currency CODE             CNY
  --journal FILE              sales that are not sent yet (till-journal.ndjson)
  --url ADDRESS               the engine (TESSERA_URL, or http://127.0.0.1:8080)

The key is read from TESSERA_SECRET_KEY; it needs the scopes ingest and read, and pii to show names.
`;

const { values: options } = parseArgs({
  options: {
    item: { type: 'string', multiple: true, default: [] },
    phone: { type: 'string' },
    member: { type: 'string' },
    store: { type: 'string', default: 'SH-001' },
    associate: { type: 'string' },
    receipt: { type: 'string' },
    currency: { type: 'string', default: 'CNY' },
    journal: { type: 'string', default: 'till-journal.ndjson' },
    url: { type: 'string', default: process.env.TESSERA_URL ?? 'http://127.0.0.1:8080' },
    help: { type: 'boolean', default: false },
  },
});

const client = createClient({
  url: options.url,
  key: process.env.TESSERA_SECRET_KEY ?? '',
  // Somebody is waiting: rather no offers than late ones.
  timeoutMs: 3000,
  retries: 1,
});

if (options.help || options.item.length === 0) console.log(USAGE);
else await sell();

async function sell() {
  const sale = readSale();
  await emptyJournal();
  console.log(`Receipt ${sale.properties.order_id}: ${sale.properties.total} ${sale.properties.currency}`);
  try {
    show(await send(sale));
  } catch (error) {
    // What cannot be read or is too large would be refused again; a wrong key, for one, can be mended.
    if (!(error instanceof TesseraApiError) || error.status === 400 || error.status === 413) throw error;
    addToJournal(options.journal, sale);
    console.log(`Sold. The engine cannot be asked now (${error.code}); the sale is in ${options.journal}.`);
  }
}

function readSale() {
  const products = options.item.map(readLine);
  const cents = products.reduce((sum, { price, quantity }) => sum + Math.round(price * 100) * quantity, 0);
  const receipt = options.receipt ?? `${options.store}-${Date.now()}`;
  return {
    id: `sale-${receipt}`,
    type: 'order_completed',
    time: new Date().toISOString(),
    channel: 'pos',
    identifiers: {
      ...(options.phone === undefined ? {} : { phone: options.phone }),
      ...(options.member === undefined ? {} : { member_id: options.member }),
    },
    properties: { order_id: receipt, total: (cents / 100).toFixed(2), currency: options.currency, products },
    context: {
      store: options.store,
      ...(options.associate === undefined ? {} : { associate_id: options.associate }),
    },
  };
}

function readLine(text) {
  const match = /^(.+):(\d+(?:\.\d{1,2})?)(?:x(\d+))?$/.exec(text);
  if (match === null) throw new TypeError(`An item is ID:PRICE or ID:PRICExQUANTITY, not ${text}.`);
  const [, item_id, price, quantity = '1'] = match;
  return { item_id, price: Number(price), quantity: Number(quantity) };
}

/** One call: the sale in, the profile and the offers out. An engine that gives no recommendations gives the profile. */
async function send(sale) {
  try {
    return await client.events.apply(sale, { include: ['profile', 'recommendations'], placement: 'store' });
  } catch (error) {
    const unknown =
      error instanceof TesseraApiError && /^(invalid_parameter|placement_not_found)$/.test(error.code);
    if (!unknown) throw error;
    return await client.events.apply(sale, { include: ['profile'] });
  }
}

async function emptyJournal() {
  try {
    await sendJournal({
      file: options.journal,
      send: (sales) => client.events.send(sales),
      say: (text) => console.log(text),
    });
  } catch (error) {
    if (!(error instanceof TesseraApiError)) throw error;
    console.log(`The journal waits: ${error.message}`);
  }
}

function show({ results, rejected }) {
  for (const { message, path } of rejected) console.log(`Refused: ${path} ${message}`);
  const [result] = results;
  if (result === undefined) return;
  const { profile, recommendations, triggers } = result;
  if (profile) showCustomer(profile);
  for (const { trigger, decision, payload } of triggers) {
    const words = payload.message?.texts?.text ?? payload.coupon?.code ?? '';
    if (decision === 'fired') console.log(`Now:      ${trigger} ${words}`.trimEnd());
  }
  console.log('Offers:');
  const items = recommendations?.items ?? [];
  for (const { item_id, variant_id, name, reasons } of items) {
    const why = reasons.map(({ text }) => text).join(', ');
    console.log(`  ${name ?? item_id} (${variant_id ?? item_id})${why === '' ? '' : `: ${why}`}`);
  }
  if (items.length === 0) console.log('  none');
}

/** What an associate can say while the receipt prints. */
function showCustomer({ profile_id, traits, lifecycle, loyalty, tags, segments, coupons = [], features }) {
  const name = traits.name ?? traits.nickname ?? traits.first_name ?? profile_id;
  const orders = features.orders_lifetime?.value ?? 0;
  const lines = [
    [
      'Customer',
      `${name}${lifecycle === null ? '' : `, ${lifecycle}`}, ${orders} ${orders === 1 ? 'order' : 'orders'} so far`,
    ],
    ['Points', loyalty && `${loyalty.points ?? 0}${loyalty.tier ? `, tier ${loyalty.tier}` : ''}`],
    [
      'Coupons',
      coupons
        .filter(({ status }) => status === 'held' || status === 'issued')
        .map(({ code }) => code)
        .join(', '),
    ],
    ['Known as', [...tags, ...segments].slice(0, 6).join(', ')],
    ['Likes', brandsOf(features)],
  ];
  for (const [title, text] of lines) if (text) console.log(`${`${title}:`.padEnd(9)} ${text}`);
}

function brandsOf({ top_brands }) {
  return Array.isArray(top_brands?.value)
    ? top_brands.value
        .slice(0, 3)
        .map(({ key }) => key)
        .join(', ')
    : '';
}
