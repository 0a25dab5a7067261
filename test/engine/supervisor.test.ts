import { describe, expect, it } from 'vitest';
import type { Order, ReadyReport, StartOrder } from '../../src/engine/process-messages.ts';
import {
  type Child,
  type ChildListener,
  Supervisor,
  type SupervisorTiming,
} from '../../src/engine/supervisor.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

const READY: ReadyReport = {
  address: 'http://127.0.0.1:1',
  writeKey: 'wk',
  secretKey: 'sk',
  historyUrl: 'http://127.0.0.1:2',
};
const TIMING: SupervisorTiming = {
  restartMs: 1,
  restartMsMax: 4,
  steadyMs: 60_000,
  answerMs: 60_000,
  stopMs: 60_000,
};

/** A process that does what the test says; told on later turns, as a real one is. */
class FakeChild implements Child {
  readonly pid: number;
  readonly orders: Order[] = [];
  process = 0;
  over = false;
  killed = false;
  readonly #listener: ChildListener;
  readonly #onOrder: (child: FakeChild, order: Order) => void;

  constructor(pid: number, listener: ChildListener, onOrder: (child: FakeChild, order: Order) => void) {
    this.pid = pid;
    this.#listener = listener;
    this.#onOrder = onOrder;
    setImmediate(() => listener.report({ kind: 'present' }));
  }

  send(order: Order): void {
    this.orders.push(order);
    if (order.kind === 'start') this.process = order.order.process;
    setImmediate(() => {
      if (!this.over) this.#onOrder(this, order);
    });
  }

  report: ChildListener['report'] = (report) => this.#listener.report(report);

  end(how = 'ended with 0', ok = true): void {
    if (this.over) return;
    this.over = true;
    this.#listener.ended(how, ok);
  }

  kill(): void {
    this.killed = true;
    this.end('was killed by SIGKILL', false);
  }
}

/** Becomes ready when told to start, and ends when told to stop. */
function obey(child: FakeChild, order: Order): void {
  if (order.kind === 'start') child.report({ kind: 'ready', ready: READY });
  if (order.kind === 'stop') child.end();
}

class Scene {
  readonly children: FakeChild[] = [];
  readonly firsts: (ReadyReport | undefined)[] = [];
  readonly pauses: number[] = [];
  readonly supervisor: Supervisor;

  constructor(onOrder = answering, timing: Partial<SupervisorTiming> = {}) {
    this.supervisor = new Supervisor({
      processes: 3,
      start: (listener) => {
        const child = new FakeChild(100 + this.children.length, listener, onOrder);
        this.children.push(child);
        return child;
      },
      orderFor: (process, first) => {
        this.firsts.push(first);
        // Nobody here looks at the settings.
        return { process, historyUrl: first?.historyUrl } as StartOrder;
      },
      logger: {
        info: () => undefined,
        warn: () => undefined,
        error: (fields: { readonly pauseMs?: number }) => void this.pauses.push(fields.pauseMs ?? 0),
      } as never,
      timing: { ...TIMING, ...timing },
    });
  }

  running(): readonly FakeChild[] {
    return this.children.filter(({ over }) => !over);
  }

  at(process: number): FakeChild {
    return this.running().find((child) => child.process === process) as FakeChild;
  }
}

describe('a supervisor', () => {
  it('starts the first one alone, and tells the others what it said', async () => {
    const scene = new Scene();
    expect(await scene.supervisor.start()).toBe(READY);
    expect(scene.children.map(({ process }) => process).sort()).toEqual([1, 2, 3]);
    expect(scene.firsts).toEqual([undefined, READY, READY]);
    await scene.supervisor.stop();
    expect(scene.running()).toEqual([]);
  });

  it.each([1, 3])('fails where number %s cannot begin, and leaves none behind', async (unable) => {
    const scene = new Scene((child, order) => {
      if (order.kind === 'start' && child.process === unable) child.end('ended with 1', false);
      else obey(child, order);
    });
    await expect(scene.supervisor.start()).rejects.toMatchObject({ code: 'process_ended' });
    expect(scene.running()).toEqual([]);
    expect(scene.pauses).toEqual([]);
  });

  it('starts again whichever ends, ever later while it does not last', async () => {
    const scene = new Scene();
    await scene.supervisor.start();
    for (let round = 1; round <= 4; round += 1) {
      const before = scene.children.length;
      scene.at(2).end('was killed by SIGKILL', false);
      await waitUntil('it is back', () => scene.children.length > before && scene.at(2) !== undefined);
      await waitUntil('it is ready', async () =>
        (await ask(scene, 1)).every(({ answer }) => answer !== undefined),
      );
    }
    expect(scene.pauses).toEqual([1, 2, 4, 4]);
    expect((await ask(scene, 1)).map(({ restarts }) => restarts)).toEqual([0, 4, 0]);
    await scene.supervisor.stop();
  });

  it('forgets that one did not last once it has', async () => {
    const scene = new Scene(answering, { steadyMs: 0 });
    await scene.supervisor.start();
    for (let round = 1; round <= 3; round += 1) {
      const before = scene.children.length;
      scene.at(3).end('ended with 1', false);
      await waitUntil('it is back', () => scene.children.length > before && scene.at(3) !== undefined);
      await waitUntil('it is ready', async () =>
        (await ask(scene, 1)).every(({ answer }) => answer !== undefined),
      );
    }
    expect(scene.pauses).toEqual([1, 1, 1]);
    await scene.supervisor.stop();
  });

  it('goes on trying with one that ends before it is ready again', async () => {
    let broken = 0;
    const scene = new Scene((child, order) => {
      if (order.kind === 'start' && broken > 0) {
        broken -= 1;
        child.end('ended with 1', false);
      } else answering(child, order);
    });
    await scene.supervisor.start();
    broken = 3;
    scene.at(1).end('ended with 1', false);
    await waitUntil('it is back', () => broken === 0 && scene.at(1) !== undefined);
    await waitUntil('it is ready', async () =>
      (await ask(scene, 2)).every(({ answer }) => answer !== undefined),
    );
    expect(scene.firsts.at(-1)).toBe(READY);
    await scene.supervisor.stop();
  });

  it('asks all that are ready, and does not wait for one that ends meanwhile', async () => {
    const scene = new Scene((child, order) => {
      if (order.kind === 'question' && child.process === 2) child.end('was killed by SIGKILL', false);
      else answering(child, order);
    });
    await scene.supervisor.start();
    const answers = await ask(scene, 3);
    expect(answers).toEqual([
      { process: 1, restarts: 0, answer: 'said by 1' },
      { process: 2, restarts: 0, answer: undefined },
      { process: 3, restarts: 0, answer: 'said by 3' },
    ]);
    await scene.supervisor.stop();
  });

  it('goes without the answer of one that stands still', async () => {
    const scene = new Scene(
      (child, order) => {
        if (order.kind !== 'question' || child.process !== 2) answering(child, order);
      },
      { answerMs: 50 },
    );
    await scene.supervisor.start();
    // On a slow machine the others may not come to it in time either.
    await waitUntil('the others have answered', async () => {
      const [one, two, three] = await ask(scene, 1);
      expect(two?.answer).toBe(undefined);
      return one?.answer === 'said by 1' && three?.answer === 'said by 3';
    });
    await scene.supervisor.stop();
  });

  it('waits until all have ended, and kills and reports one that does not', async () => {
    const scene = new Scene(
      (child, order) => {
        if (order.kind !== 'stop' || child.process !== 2) obey(child, order);
      },
      { stopMs: 1_000 },
    );
    await scene.supervisor.start();
    await expect(scene.supervisor.stop()).rejects.toMatchObject({ code: 'process_ended' });
    expect(scene.running()).toEqual([]);
    expect(scene.children.filter(({ killed }) => killed).map(({ process }) => process)).toEqual([2]);
  });

  it('starts nothing any more once it stops', async () => {
    const scene = new Scene(obey, { restartMs: 60_000, restartMsMax: 60_000 });
    await scene.supervisor.start();
    scene.at(2).end('was killed by SIGKILL', false);
    await scene.supervisor.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(scene.children).toHaveLength(3);
  });
});

function answering(child: FakeChild, order: Order): void {
  if (order.kind === 'question')
    child.report({ kind: 'answer', id: order.id, answer: `said by ${child.process}` });
  else obey(child, order);
}

/** What a process is told when it asks all of them. */
async function ask(scene: Scene, process: number) {
  const child = scene.at(process);
  const id = 1_000 + child.orders.length;
  child.report({ kind: 'question', id, topic: 'metrics' });
  await waitUntil('it has its answers', () =>
    child.orders.some((order) => order.kind === 'answers' && order.id === id),
  );
  const told = child.orders.find((order) => order.kind === 'answers' && order.id === id);
  return told?.kind === 'answers' ? told.answers : [];
}
