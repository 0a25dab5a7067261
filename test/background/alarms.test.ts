import { describe, expect, it } from 'vitest';
import { Alarms } from '../../src/background/alarms.ts';
import { limits } from '../../src/limits.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import { alarmBy } from '../../src/profile/alarm.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS, createFusedRunner, type FusedRunner } from '../support/fused-runner.ts';

/** Profiles whose alarms are set as soon as a wake record or an event reaches them. */
function rigWith(
  next: (header: Header, now: number) => number | undefined,
): FusedRunner & { alarms: Alarms } {
  const rig = createFusedRunner({
    stage: (stage) => ({
      ...stage,
      fold(record, context) {
        const outcome = stage.fold(record, context);
        const profile = record.kind === 'routed' || record.kind === 'wake' ? record.profile : undefined;
        const body = record.kind === 'message' && record.body.type === 'event' ? record.body : undefined;
        const header = context.view.get<Header>(keys.header(profile ?? body?.profile ?? ''));
        if (header !== undefined) alarmBy(header, next(header, context.now), context);
        return outcome;
      },
    }),
  });
  const { store, log, clock, runner } = rig;
  const alarms = new Alarms({
    partition: 'p0',
    store,
    log,
    clock,
    appliedSeq: () => runner.checkpoint?.seq,
    onError: (error) => {
      throw error;
    },
  });
  return { ...rig, alarms };
}

const alarmsIn = (rig: FusedRunner): string[] =>
  [...rig.state().keys()].filter((key) => key.startsWith('t/'));

describe('alarms', () => {
  it('bring each due profile to the log once, at its time, and not before', async () => {
    const rig = rigWith((_, now) => (now < BEGIN_MS + 1_000 ? BEGIN_MS + 5_000 : undefined));
    await rig.apply(eventOf('e1', ['a1']), eventOf('e2', ['a2']));
    expect(alarmsIn(rig)).toHaveLength(2);
    expect(await rig.alarms.look()).toBe(0);
    rig.clock.set(BEGIN_MS + 5_000);
    expect(await rig.alarms.look()).toBe(2);
    // Not again while the records are on their way.
    expect(await rig.alarms.look()).toBe(0);
    await rig.drain();
    expect(alarmsIn(rig)).toEqual([]);
    expect(await rig.alarms.look()).toBe(0);
  });

  it('read more than they bring of what is due at once, and bring each of them once', async () => {
    const rig = rigWith((_, now) => (now < BEGIN_MS + 1_000 ? BEGIN_MS + 5_000 : undefined));
    const people = limits.alarmsAtOnce + 50;
    for (let n = 0; n < people; n++) await rig.append({ kind: 'event', event: eventOf(`e${n}`, [`a${n}`]) });
    await rig.drain();
    rig.clock.set(BEGIN_MS + 4_999);
    expect(await rig.alarms.look()).toBe(0);
    rig.clock.set(BEGIN_MS + 5_000);
    expect(await rig.alarms.look()).toBe(limits.alarmsAtOnce);
    await rig.drain();
    expect(alarmsIn(rig)).toHaveLength(50);
    expect(await rig.alarms.look()).toBe(50);
    await rig.drain();
    expect(alarmsIn(rig)).toEqual([]);
    expect(await rig.alarms.look()).toBe(0);
  });

  it('keep one alarm for each profile, the earliest, and move it', async () => {
    let at = BEGIN_MS + 9_000;
    const rig = rigWith(() => at);
    await rig.apply(eventOf('e1', ['a1']));
    at = BEGIN_MS + 3_000;
    await rig.apply(eventOf('e2', ['a1']));
    at = BEGIN_MS + 7_000;
    await rig.apply(eventOf('e3', ['a1']));
    const [only, ...more] = alarmsIn(rig);
    expect(more).toEqual([]);
    expect(only).toContain(String(BEGIN_MS + 3_000));
    rig.clock.set(BEGIN_MS + 3_000);
    await rig.alarms.look();
    await rig.drain();
    expect(alarmsIn(rig)[0]).toContain(String(BEGIN_MS + 7_000));
  });

  it('of which two records come wake once, and an entry that nobody stands for goes', async () => {
    const rig = rigWith((_, now) => now + 5_000);
    await rig.apply(eventOf('e1', ['a1']));
    const [, at, profile = ''] = alarmsIn(rig)[0]?.split('/') ?? [];
    rig.clock.set(BEGIN_MS + 5_000);
    const wake = { kind: 'wake', profile, at: Number(at) } as const;
    await rig.append(wake);
    rig.clock.set(BEGIN_MS + 6_000);
    await rig.append(wake);
    await rig.drain();
    // The first record took the alarm and set the next one, which the second left alone.
    expect(alarmsIn(rig)).toEqual([keys.alarm(BEGIN_MS + 10_000, profile)]);
    await rig.append({ kind: 'wake', profile: 'nobody', at: BEGIN_MS });
    await rig.drain();
    expect(alarmsIn(rig)).toEqual([keys.alarm(BEGIN_MS + 10_000, profile)]);
  });

  it('survive being stored: header and entry say the same', async () => {
    const rig = rigWith((_, now) => now + 60_000);
    await rig.apply(eventOf('e1', ['a1']));
    const [key = ''] = alarmsIn(rig);
    const [, at, profile = ''] = key.split('/');
    expect(rig.entry<Header>(keys.header(profile))?.alarmAt).toBe(Number(at));
  });
});
