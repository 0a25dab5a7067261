import type { FoldContext } from '../../src/model/fold.ts';
import type { Header } from '../../src/model/profile.ts';
import type { LogRecord, MessageBody } from '../../src/model/record.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import type { StateView } from '../../src/model/view.ts';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import type { NaiveWorld } from './naive-person.ts';
import { type NaiveOn, naiveNots, onOf } from './naive-trigger-forms.ts';
import type { Mistake } from './trigger-contest.ts';

/* Mistakes that an engine of triggers may make: each must be found by comparing it with the oracle. */

type Changed = Omit<Partial<TriggerDefinition>, 'on'> & { readonly on?: NaiveOn };

function triggers(change: (trigger: TriggerDefinition) => Changed): Required<Mistake>['world'] {
  return (world: NaiveWorld) => ({
    ...world,
    // Whatever the change is, it leaves a pattern of the same form.
    triggers: world.triggers.map((each) => ({ ...each, ...change(each) }) as TriggerDefinition),
  });
}

const patterns = (change: (on: NaiveOn) => NaiveOn): Required<Mistake>['world'] =>
  triggers((each) => ({ on: change(onOf(each)) }));

function steps(
  change: (step: NonNullable<NaiveOn['sequence']>[number]) => typeof step | undefined,
): Required<Mistake>['world'] {
  return patterns((on) => {
    if (on.sequence === undefined) return on;
    const sequence = on.sequence.map(change).filter((step) => step !== undefined);
    return { ...on, sequence };
  });
}

function messaging(
  change: (messaging: NaiveWorld['messaging']) => Partial<NaiveWorld['messaging']>,
): Required<Mistake>['world'] {
  return (world) => ({ ...world, messaging: { ...world.messaging, ...change(world.messaging) } });
}

function taking(change: (record: LogRecord) => LogRecord): Required<Mistake>['stage'] {
  return (stage: Stage) => ({ ...stage, fold: (record, context) => stage.fold(change(record), context) });
}

function seeing(change: (view: StateView) => Partial<StateView>): Required<Mistake>['stage'] {
  return (stage) => ({
    ...stage,
    fold(record, context) {
      const { view } = context;
      const bound: StateView = {
        get: (key) => view.get(key),
        has: (key) => view.has(key),
        put: (key, value) => view.put(key, value),
        absent: (key) => view.absent(key),
        remove: (key) => view.remove(key),
      };
      // A copy, as the stage makes one itself.
      const seen: FoldContext = { ...context, view: { ...bound, ...change(view) } };
      return stage.fold(record, seen);
    },
  });
}

function sending(change: (body: MessageBody) => MessageBody): Required<Mistake>['stage'] {
  return (stage) => ({
    ...stage,
    fold(record, context) {
      const toProfile: FoldContext['toProfile'] = (profile, body) => context.toProfile(profile, change(body));
      return stage.fold(record, { ...context, toProfile });
    },
  });
}

function withoutKey<Keyed extends { readonly key?: string }>({ key: _, ...rest }: Keyed): Omit<Keyed, 'key'> {
  return rest;
}

export const mistakes: readonly Mistake[] = [
  {
    name: 'late events set something off',
    stage: taking((record) => {
      if (record.kind !== 'routed') return record;
      const { late: _, ...event } = record.event;
      return { ...record, event };
    }),
  },
  {
    name: 'what was remembered does not go along with a merge',
    stage: sending((body) => (body.type === 'transfer' ? { ...body, memory: {} } : body)),
  },
  {
    name: 'what was sent is forgotten',
    stage: seeing((view) => ({
      put: (key, value) => {
        if (key.startsWith('h/')) (value as Header).decisions?.fired.splice(0);
        view.put(key, value);
      },
    })),
  },
  {
    name: 'nobody is woken and nothing is caught up with',
    stage: seeing((view) => ({
      put: (key, value) => {
        if (key.startsWith('h/')) delete (value as Header).alarmAt;
        if (!key.startsWith('t/')) view.put(key, value);
      },
    })),
  },
  {
    name: 'a window is a second too long',
    world: patterns((on) => (on.count === undefined || on.within !== '2h' ? on : { ...on, within: '7201s' })),
  },
  {
    name: 'a cooldown is over too early',
    world: triggers(({ limit }) =>
      limit?.cooldown === undefined ? {} : { limit: { ...limit, cooldown: '50m' } },
    ),
  },
  {
    name: 'a newer beginning always moves the end',
    world: patterns(({ restart: _, ...on }) => on),
  },
  {
    name: 'keys are not looked at',
    world: steps(({ not, ...step }) => ({
      ...withoutKey(step),
      ...(not === undefined ? {} : { not: naiveNots({ not }).map(withoutKey) }),
    })),
  },
  {
    name: 'what was bought closes no cart that holds it',
    world: steps(({ item: _, ...step }) => {
      if (step.not === undefined) return step;
      const not = naiveNots(step).filter((each) => each.item === undefined);
      return { ...step, not };
    }),
  },
  {
    name: 'only the first of several events calls an absence off',
    world: steps((step) => {
      const [first] = naiveNots(step);
      return first === undefined || first.item !== undefined || naiveNots(step).some(({ item }) => item)
        ? step
        : { ...step, not: first };
    }),
  },
  {
    name: 'a deadline is a time after the event',
    world: steps(({ until, ...step }) => (until === undefined ? step : { ...step, within: '3h' })),
  },
  {
    name: 'only its own key closes a cart',
    world: steps((step) => {
      if (!naiveNots(step).some((not) => not.any_key)) return step;
      return { ...step, not: naiveNots(step).map(({ any_key: _, ...not }) => not) };
    }),
  },
  {
    name: 'what lies between two steps is not looked at',
    world: steps((step) =>
      step.not !== undefined && step.within === undefined && step.until === undefined ? undefined : step,
    ),
  },
  {
    name: 'nothing forbids a count',
    world: patterns(({ unless: _, ...on }) => on),
  },
  { name: 'triggers have no priority', world: triggers(({ priority = 0 }) => ({ priority: -priority })) },
  {
    name: 'nobody is held out',
    world: triggers(({ limit }) => (limit?.holdout === undefined ? {} : { limit: { ...limit, holdout: 0 } })),
  },
  { name: 'everybody lives in one zone', world: messaging(() => ({ zone: 'UTC' })) },
  {
    name: 'a rolling cap counts calendar days',
    world: messaging(({ caps }) => ({ caps: caps.map(({ rolling: _, ...cap }) => cap) })),
  },
  {
    name: 'a channel has no quota',
    world: messaging(({ channels }) => ({
      channels: Object.fromEntries(Object.entries(channels).map(([name, { order }]) => [name, { order }])),
    })),
  },
  { name: 'a group has no bound at one moment', world: messaging(() => ({ groups: {} })) },
];
