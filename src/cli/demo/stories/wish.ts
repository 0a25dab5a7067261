import { AGREED, isMember, type Story } from '../story.ts';

/** Somebody keeps an item in mind, and then it costs less. */
export const wish: Story = {
  name: 'wish',
  weight: 0.06,
  who: isMember,
  async tell(stage, person) {
    const choice = stage.goods.pick(stage.random);
    await stage.tell({
      type: 'product_favorited',
      channel: 'app',
      identifiers: stage.accountOf(person),
      properties: stage.goods.facts(choice),
      consent: AGREED,
    });
    await stage.pause(4_000, 9_000);
    await stage.ask({
      method: 'PUT',
      path: '/v1/catalog/items',
      body: { items: [stage.goods.markDown(choice, 0.15)] },
    });
  },
};

/** Somebody asks a store for a size that has just been sold out, and then more of it comes. */
export const askForSize: Story = {
  name: 'ask for a size',
  weight: 0.06,
  who: isMember,
  async tell(stage, person) {
    const choice = stage.goods.pick(stage.random);
    const place = {
      item_id: choice.item.itemId,
      variant_id: choice.variantId,
      store: stage.random.pick(['SH-001', 'SH-002']),
    };
    const count = async (quantity: number): Promise<void> => {
      await stage.ask({
        method: 'PUT',
        path: '/v1/catalog/stock',
        body: { stock: [{ ...place, quantity }] },
      });
    };
    await count(0);
    await stage.report({
      type: 'stock_inquired',
      channel: 'store_device',
      source: 'store_app',
      identifiers: stage.accountOf(person),
      properties: { ...place, available: false, notify: true },
      context: { store: place.store },
    });
    await stage.pause(4_000, 9_000);
    await count(stage.random.between(2, 8));
  },
};
