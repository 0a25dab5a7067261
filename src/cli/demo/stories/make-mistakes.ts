import type { JsonObject } from '../../../model/json.ts';
import { DAY_MS } from '../../../model/time.ts';
import type { Stage } from '../stage.ts';
import { anybody, type Story } from '../story.ts';

/** What releases that nobody tried out send. Each is kept in quarantine, with its reason. */
const MISTAKES: readonly [(stage: Stage) => JsonObject, ...((stage: Stage) => JsonObject)[]] = [
  () => ({ type: 'product_viewed', properties: { item_id: 'spu-0012', price: 'from 399', currency: 'CNY' } }),
  () => ({ type: 'product_viewed', properties: { category: 'women/dresses' } }),
  () => ({ type: 'order_completed', properties: { order_id: 'web-77', total: -20, currency: 'CNY' } }),
  () => ({ type: 'product_added', properties: { item_id: 'spu-0012', price: 399, currency: 'Yuan' } }),
  (stage) => ({
    type: 'page_viewed',
    time: new Date(stage.now() + 400 * DAY_MS).toISOString(),
    properties: { name: 'home' },
  }),
];

export const makeMistake: Story = {
  name: 'make a mistake',
  weight: 0.03,
  who: anybody,
  async tell(stage) {
    const mistake = stage.random.pick(MISTAKES)(stage);
    await stage.tell({ channel: 'web', identifiers: { anonymous_id: stage.serial('browser') }, ...mistake });
  },
};
