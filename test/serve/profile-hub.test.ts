import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ProfileChange } from '../../src/model/profile-change.ts';
import { createProfileHub, idOfChange } from '../../src/serve/profile-hub.ts';

const change = (profile_id: string, seq: number): ProfileChange => ({ profile_id, partition: 'p0', seq });
const FOREVER = 1_000_000;

describe('the hub of profiles', () => {
  it('keeps nothing of profiles that nobody watches', () => {
    const hub = createProfileHub({ keptMs: FOREVER });
    const heard: ProfileChange[] = [];
    hub.subscribe((each) => heard.push(each));
    hub.publish(change('a', 1));
    expect([hub.watched, hub.isWatched('a')]).toEqual([0, false]);
    hub.watch('a', undefined);
    hub.publish(change('a', 2));
    hub.publish(change('b', 3));
    expect(heard).toEqual([change('a', 2)]);
    hub.close();
    expect(hub.watched).toBe(0);
  });

  it('gives a reader who comes back what it missed, and says where it may have missed more', () => {
    const hub = createProfileHub({ keptMs: FOREVER });
    const first = hub.watch('a', undefined);
    expect(first.backlog).toEqual({ items: [], gap: false });
    hub.publish(change('a', 1));
    first.leave();
    hub.publish(change('a', 2));
    hub.publish(change('a', 3));
    const again = hub.watch('a', idOfChange(change('a', 1)));
    expect(again.backlog).toEqual({ items: [change('a', 2), change('a', 3)], gap: false });
    expect(hub.watch('a', 'p0.77').backlog.gap).toBe(true);
    expect(hub.watch('b', 'p0.1').backlog).toEqual({ items: [], gap: true });
    hub.close();
  });

  it('listens to other nodes while a profile is watched, and stops once it is forgotten', async () => {
    const listening = new Set<string>();
    let tell: ((change: ProfileChange) => void) | undefined;
    const hub = createProfileHub({
      keptMs: 0,
      listenElsewhere(profile, listener) {
        listening.add(profile);
        tell = listener;
        return () => listening.delete(profile);
      },
    });
    const heard: ProfileChange[] = [];
    hub.subscribe((each) => heard.push(each));
    const one = hub.watch('a', undefined);
    const two = hub.watch('a', undefined);
    tell?.(change('a', 9));
    expect(heard).toEqual([change('a', 9)]);
    one.leave();
    expect([...listening]).toEqual(['a']);
    two.leave();
    while (hub.isWatched('a')) await setImmediate();
    expect([...listening]).toEqual([]);
    expect(hub.isWatched('a')).toBe(false);
  });
});
