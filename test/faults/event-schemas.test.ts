import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { Deployment } from './deployment.ts';
import { withFreshConnections } from './process-connection.ts';

const SCHEMA = { type: 'object', properties: { step: { type: 'integer' } }, required: ['step'] };

describeWith(['redis-server', 'nats-server'], 'the schema of an event type', () => {
  const deployment = new Deployment('schemas');
  beforeAll(async () => {
    await deployment.start(['a', 'b']);
    await deployment.startNode('c', { settings: { TESSERA_PROCESSES: '2' } });
  }, 180_000);
  afterAll(() => deployment.remove());

  let serial = 0;
  /** Whether an event without the property is refused; of several processes, by whichever takes it. */
  async function refuses({ api }: RunningEngine): Promise<boolean> {
    serial += 1;
    const event = { id: `g-${serial}`, type: 'guide_opened', identifiers: { user_id: 'u' }, properties: {} };
    const { body } = await api.apply([event]);
    return body.rejected.length === 1;
  }

  it('holds on all nodes and processes once it is put in force on one, and no more once it is gone', async () => {
    const [a, b] = [deployment.node('a'), deployment.node('b')];
    const c = withFreshConnections(deployment.node('c'));
    const nodes = [a, b, c];
    for (const node of nodes) expect(await refuses(node)).toBe(false);
    const path = '/v1/definitions/schemas/guide_opened';
    const put = await b.api.send('PUT', path, JSON.stringify({ schema: SCHEMA }));
    expect(put.status, put.text).toBe(200);
    // Where it was put in force it holds for the next event.
    expect(await refuses(b)).toBe(true);
    for (const node of nodes) {
      let inARow = 0;
      // Both processes of a port have to have seen it.
      await waitUntil('it holds there', async () => {
        inARow = (await refuses(node)) ? inARow + 1 : 0;
        return inARow === 8;
      });
      expect((await node.api.get(path)).body).toEqual(
        put.body.warnings === undefined ? put.body : without(put.body),
      );
    }
    expect((await a.api.send('DELETE', path)).status).toBe(200);
    expect(await refuses(a)).toBe(false);
    for (const node of nodes) await waitUntil('it holds no more', async () => !(await refuses(node)));
  }, 180_000);
});

function without({ warnings: _told, ...definition }: { readonly warnings?: unknown }): object {
  return definition;
}
