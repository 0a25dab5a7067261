import { describe, expect, it } from 'vitest';
import { describeSafety } from '../../../src/adapters/nats/safety.ts';

const server = (version: string, cluster?: string) => ({
  connection: { info: { version, ...(cluster !== undefined && { cluster }) } },
});

describe('what the log on NATS says that it is safe against', () => {
  it.each([
    ['2.9.10', undefined, 1, false, 'process crash', /not flushed yet.*one server only/],
    ['2.9.10', undefined, 1, true, 'process crash', /2\.9\.10 cannot flush/],
    ['2.10.0', undefined, 1, true, 'power loss', /said to flush.*one server only/],
    ['2.15.2', undefined, 1, false, 'process crash', /sync_interval: always/],
    ['2.15.2', 'c', 3, false, 'process crash', /3 copies .* power or disk of 1 .* not of more at once/],
    ['2.15.2', 'c', 5, true, 'power loss', /5 copies .* power or disk of 2 /],
    ['2.15.2', undefined, 3, true, 'power loss', /one server only/],
    ['3.0.0', 'c', 3, true, 'power loss', /./],
    ['odd', undefined, 1, true, 'process crash', /odd/],
  ] as const)('%s, cluster %s, %i copies, flushing %s: %s', (...row) => {
    const [version, cluster, replicas, syncAlways, against, reason] = row;
    const safety = describeSafety(server(version, cluster), { replicas, syncAlways });
    expect(safety.against).toBe(against);
    expect(safety.reason).toMatch(reason);
  });
});
