import type { JsonObject } from '../../../model/json.ts';
import { type Offered, readOffered, seenOf } from '../offered.ts';
import type { Stage } from '../stage.ts';
import { AGREED, isMember, type Story } from '../story.ts';

/** Who is served where. */
interface Visit {
  readonly stage: Stage;
  readonly store: string;
  readonly account: { readonly user_id: string; readonly phone: string };
}

/**
 * Somebody browses in the app, then the app notices the door of a store. The associate's tablet shows who it is and what to
 * offer, something is tried on, and the till rings it up and asks, with the sale, what to offer next.
 */
export const walkIn: Story = {
  name: 'walk in',
  weight: 0.12,
  who: (person) => isMember(person) && person.uses.stores,
  async tell(stage, person) {
    const store = stage.random.pick(['SH-001', 'SH-002']);
    const visit = { stage, store, account: stage.accountOf(person) };
    await browse(visit);
    await enter(visit);
    const [first] = (await offer(visit)).items;
    if (first === undefined) return;
    await tryOn(visit, first);
    if (stage.random.chance(0.6)) await pay(visit, first);
  },
};

async function browse({ stage, account: { user_id } }: Visit): Promise<void> {
  const consent = { ...AGREED, personalization: stage.random.chance(0.9) };
  for (let looks = stage.random.between(1, 2); looks > 0; looks--) {
    const properties = stage.goods.facts(stage.goods.pick(stage.random));
    await stage.tell({
      type: 'product_viewed',
      channel: 'app',
      identifiers: { user_id },
      properties,
      consent,
    });
    await stage.pause(600, 2_000);
  }
}

async function enter({ stage, store, account: { user_id } }: Visit): Promise<void> {
  await stage.tell({
    type: 'store_entered',
    channel: 'app',
    identifiers: { user_id },
    properties: { store, method: 'beacon' },
    context: { store },
  });
  await stage.pause(1_000, 2_500);
}

/** The brief as the associate's tablet shows it, and a list of offers that it says it has shown. */
async function offer({ stage, store, account: { user_id } }: Visit): Promise<Offered> {
  await stage.ask({ method: 'GET', path: `/v1/profiles/user_id:${user_id}/brief?store=${store}` });
  const offered = readOffered(await stage.recommend({ user_id, store, placement: 'store', limit: '4' }));
  if (offered.items.length === 0) return offered;
  await stage.report({
    type: 'recommendation_shown',
    channel: 'store_device',
    source: 'store_app',
    identifiers: { user_id },
    properties: seenOf(offered, 'store'),
    context: { store },
  });
  await stage.pause(1_500, 4_000);
  return offered;
}

async function tryOn({ stage, store, account: { user_id } }: Visit, item: JsonObject): Promise<void> {
  const outcome = stage.random.pick(['kept', 'bought', 'other_size', 'left']);
  await stage.report({
    type: 'product_tried',
    channel: 'store_device',
    source: 'store_app',
    identifiers: { user_id },
    properties: { ...named(item), mode: 'fitting_room', outcome },
    context: { store },
  });
  await stage.pause(1_500, 4_000);
}

async function pay({ stage, store, account: { phone } }: Visit, item: JsonObject): Promise<void> {
  const price = String(item.price ?? '199.00');
  await stage.report(
    {
      type: 'order_completed',
      channel: 'pos',
      source: 'pos',
      identifiers: { phone },
      properties: {
        order_id: stage.serial('till'),
        total: price,
        currency: 'CNY',
        payment_method: 'card',
        products: [{ ...named(item), price, quantity: 1 }],
      },
      context: { store, associate_id: `A${stage.random.between(1, 6)}` },
    },
    '?wait=applied&include=recommendations&placement=store',
  );
}

function named({ item_id = '', variant_id }: JsonObject): JsonObject {
  return { item_id, ...(variant_id === undefined ? {} : { variant_id }) };
}
