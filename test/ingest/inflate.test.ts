import { randomFillSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { Inflater, isGzip } from '../../src/ingest/inflate.ts';
import { limits } from '../../src/limits.ts';

const bomb = gzipSync(Buffer.alloc(limits.inflatedBytesMax, 0x20));
const small = gzipSync('small');

it('hands on what was inflated, and fails with the reason', async () => {
  const inflater = new Inflater();
  expect(isGzip(small)).toBe(true);
  expect(await inflater.inflate(small, (bytes) => bytes.toString())).toBe('small');
  await expect(inflater.inflate(small.subarray(0, 15), String)).rejects.toMatchObject({
    code: 'invalid_gzip',
  });
  await expect(inflater.inflate(bomb, String)).rejects.toMatchObject({ code: 'body_too_large' });
  const failing = inflater.inflate(small, () => {
    throw new RangeError('x');
  });
  await expect(failing).rejects.toThrow(RangeError);
});

it('lets as many go on at once as fit into memory together, each in its turn', async () => {
  const inflater = new Inflater();
  // Each may become 20 MiB, as its size says, and counts as such until what it is for is done.
  const large = gzipSync(randomFillSync(Buffer.alloc(limits.inflatedBytesMax / limits.inflateRatioMax)));
  const fits = Math.floor(limits.inflatingBytesMax / limits.inflatedBytesMax);
  const order: number[] = [];
  let held = 0;
  let most = 0;
  const turns = Array.from({ length: 4 * fits }, (_, n) =>
    inflater.inflate(large, async () => {
      held += 1;
      most = Math.max(most, held);
      order.push(n);
      await new Promise((resolve) => setTimeout(resolve, 5));
      held -= 1;
    }),
  );
  await Promise.all(turns);
  expect(most).toBe(fits);
  expect(order.toSorted((a, b) => a - b)).toEqual(turns.map((_, n) => n));
});

it('refuses what comes when too many wait, and goes on afterwards', async () => {
  const inflater = new Inflater();
  const large = Buffer.alloc(limits.inflatedBytesMax / limits.inflateRatioMax + 1, 0x1f);
  const codes = await Promise.all(
    Array.from({ length: limits.inflatingWaitingMax + 10 }, async () => {
      try {
        await inflater.inflate(large, () => undefined);
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return 'inflated';
    }),
  );
  const fits = Math.floor(limits.inflatingBytesMax / limits.inflatedBytesMax);
  expect(codes.filter((code) => code === 'overloaded')).toHaveLength(10 - fits);
  expect(await inflater.inflate(small, String)).toBe('small');
});
