import { describe, expect, it } from 'vitest';
import { ProcessLink } from '../../src/engine/process-link.ts';
import type { Order, ProcessAnswer, Report, StartOrder } from '../../src/engine/process-messages.ts';

const READY = { address: 'http://127.0.0.1:1', writeKey: 'wk', secretKey: 'sk', historyUrl: undefined };
const view = { metrics: async () => 'mine', readiness: () => ({ ok: true, reasons: [], lag: {} }) };

/** The supervisor's end of the line. */
class Scene {
  readonly reports: Report[] = [];
  readonly ends: string[] = [];
  readonly link: ProcessLink;
  send: (order: Order) => void = () => undefined;

  constructor() {
    const line = {
      send: (report: Report) => void this.reports.push(report),
      listen: (listener: (order: Order) => void) => {
        this.send = listener;
      },
    };
    this.link = new ProcessLink(line, () => this.ends.push('before it was ready'));
  }

  questions(): readonly Extract<Report, { readonly kind: 'question' }>[] {
    return this.reports.filter((report) => report.kind === 'question');
  }

  answer(answers: readonly ProcessAnswer[], question = 0): void {
    this.send({ kind: 'answers', id: this.questions()[question]?.id ?? 0, answers });
  }
}

describe('a process on the line to its supervisor', () => {
  it('says that it listens before anything is sent, and takes its order', async () => {
    const scene = new Scene();
    expect(scene.reports).toEqual([{ kind: 'present' }]);
    // Nobody here looks at the settings.
    const order = { process: 2, historyUrl: 'http://h' } as StartOrder;
    scene.send({ kind: 'start', order });
    expect(await scene.link.order).toBe(order);
  });

  it('ends at once until it is ready, and in order from then on', () => {
    const scene = new Scene();
    scene.send({ kind: 'stop' });
    scene.link.ready(READY, view, () => scene.ends.push('in order'));
    scene.send({ kind: 'stop' });
    expect(scene.ends).toEqual(['before it was ready', 'in order']);
  });

  it('answers for itself what it is asked', async () => {
    const scene = new Scene();
    scene.link.ready(READY, view, () => undefined);
    scene.send({ kind: 'question', id: 7, topic: 'metrics' });
    scene.send({ kind: 'question', id: 8, topic: 'readiness' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(scene.reports.slice(2)).toEqual(
      expect.arrayContaining([
        { kind: 'answer', id: 7, answer: 'mine' },
        { kind: 'answer', id: 8, answer: { ok: true, reasons: [], lag: {} } },
      ]),
    );
  });

  it('puts together what all say, with how the supervisor has found them', async () => {
    const scene = new Scene();
    const asking = scene.link.shared.metrics();
    scene.answer([
      { process: 1, restarts: 0, answer: '# HELP a b\n# TYPE a gauge\na{process="1"} 5\n' },
      { process: 2, restarts: 3, answer: undefined },
    ]);
    const text = await asking;
    for (const line of [
      'tessera_process_up{process="1"} 1',
      'tessera_process_up{process="2"} 0',
      'tessera_process_restarts_total{process="2"} 3',
      'a{process="1"} 5',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    const ready = scene.link.shared.readiness();
    scene.answer(
      [{ process: 2, restarts: 0, answer: { ok: true, reasons: ['late'], lag: { people: 1 } } }],
      1,
    );
    expect(await ready).toEqual({ ok: true, reasons: ['late'], lag: { people: 1 } });
  });

  it('asks once for all who want to know at the same time, and again for those who come later', async () => {
    const scene = new Scene();
    const asking = [scene.link.shared.metrics(), scene.link.shared.metrics()];
    expect(scene.questions()).toHaveLength(1);
    scene.answer([]);
    const [one, other] = await Promise.all(asking);
    expect(one).toBe(other);
    void scene.link.shared.metrics();
    expect(scene.questions()).toHaveLength(2);
    scene.answer([], 1);
  });
});
