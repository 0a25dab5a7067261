import { describe, expect, it } from 'vitest';
import { createMemoryLog, type MemoryLog } from '../../../src/adapters/memory/log.ts';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { describeLog } from '../../conformance/log.ts';

describeLog({
  name: 'memory',
  createHome: async () => {
    let last: MemoryLog | undefined;
    return {
      open: async (options) => {
        last = last?.reopen(options) ?? createMemoryLog(options);
        return last;
      },
      close: (log) => log.close(),
      remove: async () => undefined,
    };
  },
  damageSkipped: 'records in memory carry no checksum: nothing can change them but a bug',
});

describe('the faults of the memory log', () => {
  const word = (value: string): Uint8Array => new TextEncoder().encode(value);

  it('fails one append before it takes effect', async () => {
    const log = createMemoryLog({ clock: createManualClock(0) });
    log.failNextAppend('before');
    await expect(log.append([word('lost')])).rejects.toMatchObject({ code: 'log_unavailable' });
    expect(log.stats().lastSeq).toBe(0);
    expect(await log.append([word('kept')])).toHaveLength(1);
  });

  it('fails one append after it took effect', async () => {
    const log = createMemoryLog({ clock: createManualClock(0) });
    log.failNextAppend('after');
    await expect(log.append([word('kept')])).rejects.toMatchObject({ code: 'log_unavailable' });
    expect(log.stats().lastSeq).toBe(1);
  });

  it('loses its tail, so that what comes next has another digest', async () => {
    const log = createMemoryLog({ clock: createManualClock(0) });
    await log.append([word('a')]);
    await log.append([word('b')]);
    const before = log.read(1, 1)[0]?.digest;
    log.loseTail(1);
    expect(log.stats().lastSeq).toBe(1);
    await log.append([word('c')]);
    expect(log.read(1, 1)[0]?.digest).not.toBe(before);
  });
});
