import { readOffered, seenOf } from '../offered.ts';
import type { Stage } from '../stage.ts';
import { AGREED, anybody, type Story } from '../story.ts';

/** A first order in the web shop, by somebody who was never there before: thanks for it. */
export const orderFirst: Story = {
  name: 'order for the first time',
  weight: 0.06,
  who: anybody,
  async tell(stage) {
    const { random } = stage;
    const cookie = { anonymous_id: stage.serial('browser') };
    const choice = stage.goods.pick(random);
    const seen = stage.goods.facts(choice);
    await stage.tell({ type: 'product_viewed', channel: 'web', identifiers: cookie, properties: seen });
    await followOffer(stage, cookie, choice.item.itemId);
    await stage.pause(800, 2_500);
    const phone = `139${String(random.below(100_000_000)).padStart(8, '0')}`;
    await stage.tell({
      type: 'signed_up',
      channel: 'web',
      identifiers: { ...cookie, phone },
      properties: { method: 'phone_code', program: 'club' },
      consent: AGREED,
    });
    await stage.pause(800, 2_500);
    await stage.report({
      type: 'order_completed',
      channel: 'web',
      source: 'shop',
      identifiers: { ...cookie, phone },
      properties: {
        order_id: stage.serial('order'),
        total: seen.price ?? '',
        currency: 'CNY',
        payment_method: random.pick(['wechat_pay', 'alipay']),
        products: [{ ...seen, quantity: 1 }],
      },
    });
  },
};

/** The page of an item shows what is like it, and one of that is followed now and then. */
async function followOffer(
  stage: Stage,
  cookie: { readonly anonymous_id: string },
  item: string,
): Promise<void> {
  const offered = readOffered(await stage.recommend({ ...cookie, placement: 'item', item, limit: '4' }));
  const [first] = offered.items;
  if (first === undefined) return;
  const common = { channel: 'web', identifiers: cookie };
  await stage.tell({ type: 'recommendation_shown', ...common, properties: seenOf(offered, 'item') });
  if (!stage.random.chance(0.4)) return;
  await stage.pause(800, 2_500);
  const clicked = { item_id: first.item_id ?? '', recommendation_id: offered.id, placement: 'item' };
  await stage.tell({ type: 'recommendation_clicked', ...common, properties: clicked });
}
