import { describe, expect, it } from 'vitest';
import { createMemoryChannel } from '../../src/adapters/memory/channel.ts';
import { RemoteOutcomes } from '../../src/cluster/remote-outcomes.ts';
import type { RecordPlace } from '../../src/model/record.ts';
import { OutcomeBoard } from '../../src/runner/outcome-board.ts';
import type { AppliedOutcome } from '../../src/runner/record-work.ts';

const place = (seq: number, index = 0): RecordPlace => ({ partition: 'p1', seq, index });
const applied = (seq: number, index = 0): AppliedOutcome => ({
  position: place(seq, index),
  outcome: { status: 'applied', profileId: `${seq}.${index}`, firings: [] },
});
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

function twoNodes() {
  const channel = createMemoryChannel();
  const asked: Uint8Array[] = [];
  channel.subscribe('waits', (bytes) => asked.push(bytes));
  const nodes = ['a', 'b'].map((node) => {
    const board = new OutcomeBoard();
    const outcomes = new RemoteOutcomes({ board, channel, node });
    outcomes.start();
    return { board, outcomes };
  });
  return { a: nodes[0] as (typeof nodes)[0], b: nodes[1] as (typeof nodes)[0], channel, asked };
}

describe('an outcome on another node', () => {
  it('reaches whoever waited before it came, in their order', async () => {
    const { a, b } = twoNodes();
    const waiting = a.outcomes.outcomesOf([place(2, 1), place(1)]);
    await soon();
    b.outcomes.post([applied(1)]);
    b.outcomes.post([applied(2, 0), applied(2, 1), applied(2, 2)]);
    expect((await waiting).map(({ profileId }) => profileId)).toEqual(['2.1', '1.0']);
    expect(a.board.waiting).toBe(0);
  });

  it('reaches whoever asks after it came', async () => {
    const { a, b } = twoNodes();
    b.outcomes.post([applied(7)]);
    const [outcome] = await a.outcomes.outcomesOf([place(7)]);
    expect(outcome?.profileId).toBe('7.0');
  });

  it('is nobody else’s: another partition or position does not do', async () => {
    const { a, b } = twoNodes();
    let answered = false;
    const waiting = a.outcomes.outcomesOf([place(3)]).then(() => {
      answered = true;
    });
    await soon();
    b.outcomes.post([
      { ...applied(3), position: { ...place(3), partition: 'p2' } },
      applied(3, 1),
      applied(4),
    ]);
    await soon();
    expect(answered).toBe(false);
    b.outcomes.post([applied(3)]);
    await waiting;
  });

  it('is not asked for where this node has it already', async () => {
    const { a, asked } = twoNodes();
    const withdraw = a.outcomes.announce();
    a.outcomes.post([applied(5)]);
    await a.outcomes.outcomesOf([place(5)]);
    await soon();
    expect(asked).toEqual([]);
    withdraw();
  });

  it('leaves alone what no node has said', async () => {
    const { a, b, channel } = twoNodes();
    for (const topic of ['waits', 'outcomes.a', 'outcomes.b']) {
      for (const text of [
        '',
        '{',
        '[]',
        '{}',
        '[1,null,{}]',
        '{"node":"b","places":[1,{}]}',
        '{"node":"b","places":3}',
      ])
        channel.publish(topic, Buffer.from(text));
    }
    const waiting = a.outcomes.outcomesOf([place(9)]);
    await soon();
    b.outcomes.post([applied(9)]);
    expect((await waiting)[0]?.profileId).toBe('9.0');
  });
});
