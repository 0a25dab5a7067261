import { facetKey } from '../../src/ingest/facet-key.ts';
import type { Claim, Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import type { ToldFact } from '../oracle/naive-figures.ts';
import { createRandom, type Random } from '../simulation/random.ts';
import type { EngineWithHistory } from '../support/engine-with-history.ts';

/*
 * A shop with people of four kinds: those who never say that their device is theirs, those who do and become one, and those whom
 * an operator takes apart again. What happens is drawn from a seed, at full hours, so that moments meet.
 */
const HOUR = 3_600_000;
export const DAY = 86_400_000;
export const START = Date.UTC(2026, 3, 20);
export const DAYS = 120;
const PEOPLE = 24;
const STORES = ['S1', 'S2'] as const;
const ITEMS = ['dress', 'coat', 'shoe', 'hat'] as const;
const CATEGORIES: Readonly<Record<string, string>> = {
  dress: 'Women/Dresses',
  coat: 'women/coats',
  shoe: 'Shoes',
  hat: 'hats',
};
const COLORS = ['Navy', 'sand'] as const;
const SIZES = ['S', 'M', 'L'] as const;
const THEMES = ['Quality', 'delivery', 'Unwanted contact', 'privacy', ''] as const;
const KINDS = [
  ...[
    'page_viewed',
    'product_viewed',
    'product_viewed',
    'product_added',
    'product_favorited',
    'product_tried',
  ],
  ...[
    'product_tried',
    'zone_dwelled',
    'zone_dwelled',
    'stock_inquired',
    'survey_answered',
    'survey_answered',
  ],
  ...[
    'product_shared',
    'product_reviewed',
    'ticket_opened',
    'ticket_updated',
    'ticket_closed',
    'issue_resolved',
  ],
  ...[
    'message_sent',
    'order_completed',
    'order_completed',
    'order_completed',
    'order_refunded',
    'order_cancelled',
  ],
] as const;

/** What is drawn: a fact, and by which identifier of its person it came. */
interface Drawn extends ToldFact {
  readonly by: 'member' | 'device' | 'nobody';
  readonly number: number;
}

/** Whether the two identifiers of a person are one in the end. */
function isOne(person: number): boolean {
  return person % 4 === 1 || person % 4 === 2;
}

/** Draws the world of a seed and tells the engine of it; answers what was told. */
export async function tellWorld(engine: EngineWithHistory, seed: number): Promise<readonly ToldFact[]> {
  const random = createRandom(seed);
  const facts = drawnFacts(random);
  const joined = new Set<number>();
  const apart = new Set<number>();
  for (const fact of facts) {
    engine.clock.set(Math.max(engine.clock.now(), fact.time));
    const { number } = fact;
    if (fact.time > START + 50 * DAY && number % 4 !== 0 && !joined.has(number)) {
      joined.add(number);
      await send(engine, { id: `in-${number}`, type: 'signed_in', properties: {}, fact, both: true });
    }
    if (fact.time > START + 90 * DAY && number % 4 === 3 && joined.has(number) && !apart.has(number)) {
      apart.add(number);
      const { type, hash } = engine.opening.indexOf('anonymous_id', `d${number}`) ?? { type: '', hash: '' };
      await engine.command({ type: 'split', identifier: `${type}:${hash}` });
    }
    if (fact.copy) await copy(engine, fact);
    else await send(engine, { id: fact.id, type: fact.type, properties: fact.properties, fact, both: false });
  }
  await engine.settle();
  return facts;
}

interface Sent {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly fact: Drawn;
  readonly both: boolean;
}

async function send(engine: EngineWithHistory, { id, type, properties, fact, both }: Sent): Promise<void> {
  const { number, by, store, source } = fact;
  const identifiers = {
    ...(both || by === 'member' ? { member_id: `m${number}` } : {}),
    ...(both || by === 'device' ? { anonymous_id: `d${number}` } : {}),
  };
  const event = {
    ...{
      id,
      type,
      time: new Date(fact.time).toISOString(),
      channel: fact.channel,
      source,
      identifiers,
      properties,
    },
    ...(store === '' ? {} : { context: { store } }),
  };
  const { rejected } = await engine.send([event]);
  if (rejected.length > 0) throw new Error(`${JSON.stringify(event)}: ${JSON.stringify(rejected)}`);
}

/** The same order by a source that does not keep the books. */
async function copy(
  engine: EngineWithHistory,
  { number, id, time, source, channel, properties }: Drawn,
): Promise<void> {
  const found = engine.opening.indexOf('member_id', `m${number}`);
  const claims: readonly Claim[] = found === undefined ? [] : [{ ...found, verified: true }];
  const event: Event = {
    ...{
      id,
      type: 'order_completed',
      time,
      receivedAt: time,
      source,
      channel,
      claims,
      properties,
      currency: 'CNY',
    },
    facet: facetKey(claims),
    order: {
      ...{
        namespace: 'default',
        order_id: String(properties.order_id),
        transition: 'completed',
        refund_id: '',
      },
      ...{ ledger: false, total_only: false, total: 100, spend: 100, refund: 0 },
    },
  };
  await engine.log.append([encodeRecord({ kind: 'event', event })]);
  await engine.drain();
}

function drawnFacts(random: Random): readonly Drawn[] {
  const placed: Drawn[] = [];
  const tickets: string[] = [];
  const all: Drawn[] = [];
  const times = Array.from({ length: PEOPLE * 45 }, () => START + random.below(DAYS * 24) * HOUR);
  for (const [n, time] of times.sort((a, b) => a - b).entries()) {
    const number = random.below(PEOPLE);
    const drawn = random.pick([...KINDS]);
    // What was decided stays with the profile that it was decided for: who will be taken apart has no decisions.
    const type = drawn === 'product_favorited' && number % 4 === 3 ? 'product_added' : drawn;
    const by =
      type === 'issue_resolved' || random.chance(0.08) ? 'nobody' : random.chance(0.5) ? 'member' : 'device';
    const own = isOne(number) ? `p${number}` : `p${number}-${by}`;
    const base: Drawn = {
      ...{ id: `e${n}`, time, type, by, number, person: by === 'nobody' ? '' : own, copy: false },
      channel: random.pick(['web', 'pos'] as const),
      source: random.pick(['crm', 'till'] as const),
      store:
        type === 'zone_dwelled' || type === 'product_tried' || random.chance(0.4)
          ? random.pick([...STORES])
          : '',
      properties: {},
    };
    if (type === 'order_completed') {
      const order = { ...base, properties: orderOf(random, n) };
      placed.push(order);
      all.push(order);
      const again = { ...order, id: `e${n}-again`, time: time + 1, source: 'web' };
      if (random.chance(0.25)) all.push(again);
      if (random.chance(0.25) && by === 'member') all.push({ ...again, id: `e${n}-copy`, copy: true });
      continue;
    }
    const before = placed.length === 0 ? undefined : random.pick(placed);
    if (type === 'order_refunded' || type === 'order_cancelled') {
      if (before === undefined || (type === 'order_cancelled' && random.chance(0.5))) continue;
      const { order_id } = before.properties;
      const properties =
        type === 'order_refunded' ? { order_id, refund_id: `r${n}`, total: 1 } : { order_id };
      all.push({ ...base, by: before.by, number: before.number, person: before.person, properties } as Drawn);
      continue;
    }
    all.push({ ...base, properties: propertiesOf({ random, type, n, tickets }) });
  }
  return all.sort((a, b) => a.time - b.time);
}

function orderOf(random: Random, n: number): JsonObject {
  const lines = Array.from({ length: 1 + random.below(2) }, () => goods(random));
  return {
    ...{ order_id: `o${n}`, currency: 'CNY', total: 100 },
    ...(random.chance(0.5) ? { sold_in: random.pick([...STORES]) } : {}),
    products: [...lines.map((line) => ({ ...line, quantity: 1 + random.below(3), price: 50 })), freight],
  };
}

const freight: JsonObject = { item_id: 'postage', kind: 'freight', quantity: 1, price: 5 };

function goods(random: Random): JsonObject {
  const item_id = random.pick([...ITEMS]);
  const size = random.pick([...SIZES]);
  return {
    ...{
      item_id,
      size,
      category: CATEGORIES[item_id] ?? '',
      brand: 'Maison',
      color: random.pick([...COLORS]),
    },
    ...(random.chance(0.85) ? { variant_id: `${item_id}-${size}` } : {}),
  };
}

interface Drawing {
  readonly random: Random;
  readonly type: string;
  readonly n: number;
  readonly tickets: string[];
}

function propertiesOf({ random, type, n, tickets }: Drawing): JsonObject {
  switch (type) {
    case 'product_tried':
      return {
        ...goods(random),
        ...(random.chance(0.3) ? { outcome: random.pick(['bought', 'left', 'other_size'] as const) } : {}),
      };
    case 'stock_inquired':
      return { ...goods(random), ...(random.chance(0.7) ? { available: random.chance(0.5) } : {}) };
    case 'zone_dwelled':
      return { zone: random.pick(['front', 'fitting'] as const), seconds: random.below(600) };
    case 'survey_answered':
      return answerOf(random);
    case 'product_reviewed':
      return {
        ...{ item_id: random.pick([...ITEMS]), rating: random.below(6) },
        ...(random.chance(0.3) ? { rating_max: 10 } : {}),
      };
    case 'ticket_opened':
    case 'ticket_updated':
    case 'ticket_closed':
      return ticketOf({ random, type, n, tickets });
    case 'issue_resolved':
      return { issue_id: `i${n}`, ticket_ids: tickets.length === 0 ? [] : [random.pick(tickets)] };
    case 'message_sent':
      return {
        message_id: `msg${n}`,
        campaign_id: random.pick(['spring', 'autumn'] as const),
        channel: 'email',
      };
    case 'page_viewed':
      return { url: 'https://shop.example/' };
    default:
      return goods(random);
  }
}

function answerOf(random: Random): JsonObject {
  const wish = (): string =>
    random.pick(['dresses', 'NAVY', 'hat ', 'coat-M', 'velvet', 'Women', 'M'] as const);
  const question_id = random.pick(['style', 'color'] as const);
  const named = { survey_id: random.pick(['s-1', 's-2'] as const) };
  const form = random.below(4);
  if (form === 0) return { ...named, question_id, answer: random.below(10) };
  if (form === 1) return { ...named, question_id, answer: [wish(), wish()] };
  if (form === 2) return { ...named, answers: [{ question: 'what', answer: wish() }, { answer: [wish()] }] };
  return { ...named, question: 'Which do you like?', answer: wish() };
}

function ticketOf({ random, type, n, tickets }: Drawing): JsonObject {
  const theme = random.pick([...THEMES]);
  const about = {
    ...(theme === '' ? {} : { theme }),
    ...(random.chance(0.5) ? { item_id: random.pick([...ITEMS]) } : {}),
    ...(type === 'ticket_opened' && random.chance(0.6) ? { complaint: random.chance(0.8) } : {}),
  };
  if (type !== 'ticket_opened') {
    const ticket_id = tickets.length === 0 || random.chance(0.05) ? `t-${n}` : random.pick(tickets);
    return { ticket_id, ...about };
  }
  tickets.push(`t-${n}`);
  return { ticket_id: `t-${n}`, ...about };
}
