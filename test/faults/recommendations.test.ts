import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { Deployment, type NodeName } from './deployment.ts';

describeWith(['redis-server', 'nats-server'], 'what several nodes recommend', () => {
  const deployment = new Deployment('feed');
  beforeAll(() => deployment.start(['a', 'b']), 120_000);
  afterAll(() => deployment.remove());

  const metric = async (node: NodeName, name: string): Promise<number> => {
    const { text } = await deployment.node(node).api.get('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  };
  const learned = (node: NodeName): Promise<number> => metric(node, 'tessera_recommender_learned_total');
  const list = async (node: NodeName): Promise<string> => {
    const { body } = await deployment.node(node).api.get('/v1/recommendations?placement=item&item=mat');
    const items = body.items as { item_id: string; strategy: string }[];
    return items.map(({ item_id, strategy }) => `${item_id} ${strategy}`).join();
  };
  const view = (user: string, item: string) => ({
    type: 'product_viewed',
    identifiers: { user_id: user },
    properties: { item_id: item },
  });

  it('is one thing: each hears what the other has applied, once', async () => {
    const items = ['mat', 'strap', 'top'].map((item) => ({ item_id: item, name: item }));
    await deployment.node('a').api.send('PUT', '/v1/catalog/items', JSON.stringify(items));
    let sent = 0;
    for (let user = 0; user < 12; user++) {
      // People lie on all partitions, whoever of the two works on them.
      const { api } = deployment.node(user % 2 === 0 ? 'a' : 'b');
      const events = [view(`u${user}`, 'mat'), view(`u${user}`, 'strap')];
      await api.apply({ events });
      sent += events.length;
    }
    for (const node of ['a', 'b'] as const)
      await waitUntil(`${node} has learned`, async () => (await learned(node)) === sent);
    await waitUntil(
      'both answer',
      async () => (await list('a')).startsWith('strap ') && (await list('b')) === (await list('a')),
    );
  }, 120_000);

  it('is heard by a node that comes back, from the others while it runs and from history where it can ask', async () => {
    const before = await learned('a');
    await deployment.killNode('a');
    // Nobody tells a of these while it is away, and b works on all partitions by then.
    const { api } = deployment.node('b');
    await waitUntil('b works on everything', async () => {
      const { status } = await api.post('/v1/events?wait=applied', { events: [view('late', 'top')] });
      return status === 200;
    });
    await deployment.startNode('a');
    // Its kill left no snapshot: all of it comes out of history.
    await waitUntil('a knows again', async () => {
      return (await metric('a', 'tessera_recommender_ready')) === 1 && (await learned('a')) > before;
    });
    const [here, there] = [await learned('a'), await learned('b')];
    expect(here).toBe(there);
    await deployment.node('b').api.apply({ events: [view('last', 'mat')] });
    for (const node of ['a', 'b'] as const)
      await waitUntil(`${node} has learned`, async () => (await learned(node)) === here + 1);
  }, 240_000);
});
