import fc from 'fast-check';
import { expect, it } from 'vitest';
import { finishAtOnce, type Sliced, SlicedQueue, Turns } from '../../src/ingest/slices.ts';

function* count(name: string, slices: number, into: string[]): Sliced<string> {
  for (let n = 0; n < slices; n += 1) {
    into.push(`${name}${n}`);
    yield;
  }
  return name;
}

it('finishes small work at once', () => {
  const done: string[] = [];
  expect(finishAtOnce(count('a', 3, done))).toBe('a');
  expect(done).toEqual(['a0', 'a1', 'a2']);
});

it('gives one turn in each turn of the event loop, in the order in which they were asked for', async () => {
  const turns = new Turns();
  const order: string[] = [];
  // The loop's own turns, counted beside.
  let loops = 0;
  const loop = (): void => {
    loops += 1;
    if (order.length < 9) setImmediate(loop);
  };
  setImmediate(loop);
  const work = async (name: string): Promise<void> => {
    for (let n = 0; n < 3; n += 1) {
      await turns.next();
      order.push(name);
    }
  };
  await Promise.all([work('a'), work('b'), work('c')]);
  expect(order.join('')).toBe('abcabcabc');
  expect(loops).toBeGreaterThanOrEqual(8);
});

it('finishes one work before the next, and goes on after one that fails', async () => {
  const queue = new SlicedQueue(new Turns());
  const order: string[] = [];
  // biome-ignore lint/correctness/useYield: it fails before it comes to that
  function* fail(): Sliced<string> {
    throw new RangeError('no');
  }
  const works = [
    queue.finish(count('a', 2, order)),
    queue.finish(fail()),
    queue.finish(count('b', 2, order)),
  ];
  expect(await Promise.allSettled(works)).toMatchObject([
    { value: 'a' },
    { status: 'rejected', reason: expect.any(RangeError) },
    { value: 'b' },
  ]);
  expect(order).toEqual(['a0', 'a1', 'b0', 'b1']);
});

it('gives every work its result, whatever they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 20 }), async (lengths) => {
      const queue = new SlicedQueue(new Turns());
      const order: string[] = [];
      const results = await Promise.all(
        lengths.map((slices, n) => queue.finish(count(`${n}.`, slices, order))),
      );
      expect(results).toEqual(lengths.map((_, n) => `${n}.`));
      expect(order).toEqual(
        lengths.flatMap((slices, n) => Array.from({ length: slices }, (_, i) => `${n}.${i}`)),
      );
    }),
  );
});
