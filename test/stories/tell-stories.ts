import { join } from 'node:path';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import type { DefinitionsPack } from '../../src/definitions/definitions-pack.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { createTemporaryDirectory } from '../adapters/temporary-directory.ts';
import { BEGIN, type Introduction, minutes, type Step, type Story } from './story.ts';
import { StoryEngine, type ToldDecision } from './story-engine.ts';

/** When everybody is introduced: before their stories begin. */
const INTRODUCED = -minutes(2);
/** What people bring along is told when they are known. */
const HISTORY = -minutes(1);

export interface Telling {
  /** By person, in order. */
  readonly decisions: ReadonlyMap<string, readonly ToldDecision[]>;
  /** How often the engine was started anew. */
  readonly restarts: number;
}

/**
 * Tells all stories on one engine and one clock, each with people of its own, so that whatever lies between two events of one
 * story lies between two moments of the whole. With `restarting` the engine ends and starts again in each of these gaps.
 */
export async function tellStories(
  stories: readonly Story[],
  { pack, restarting }: { readonly pack: DefinitionsPack; readonly restarting: boolean },
): Promise<Telling> {
  const directory = createTemporaryDirectory();
  const clock = createManualClock(BEGIN + INTRODUCED);
  const engine = new StoryEngine(join(directory.path, 'data'), { pack, clock });
  let restarts = 0;
  await engine.start();
  try {
    for (const [at, steps] of momentsOf(stories)) {
      if (restarting && at > INTRODUCED) {
        await engine.stop();
        await engine.start();
        restarts++;
      }
      clock.set(BEGIN + at);
      await engine.settle();
      await happen(engine, steps);
      await engine.settle();
    }
    return { decisions: await byPerson(engine, stories), restarts };
  } finally {
    await engine.stop();
    directory.remove();
  }
}

/** What happens at which moment, in order. */
function momentsOf(stories: readonly Story[]): readonly (readonly [at: number, steps: readonly Step[]])[] {
  const moments = new Map<number, Step[]>();
  for (const step of stories.flatMap((story) => [...introductions(story), ...story.steps])) {
    const at = step.at < 0 && step.at !== INTRODUCED ? HISTORY : step.at;
    moments.set(at, [...(moments.get(at) ?? []), step]);
  }
  return [...moments].sort(([a], [b]) => a - b);
}

function introductions({ people }: Story): readonly Step[] {
  return Object.entries(people).map(([who, { consent, traits = {} }]: [string, Introduction]) => ({
    at: INTRODUCED,
    who,
    type: 'profile_identified',
    more: { consent: consent ?? { marketing: { sms: true } }, traits, properties: {} },
  }));
}

async function happen(engine: StoryEngine, steps: readonly Step[]): Promise<void> {
  for (const step of steps) if ('catalog' in step) await engine.put(step.catalog, step.rows);
  const events = steps.flatMap((step): JsonObject[] => {
    if ('catalog' in step) return [];
    const { who, at, type, more } = step;
    const time = new Date(BEGIN + at).toISOString();
    const identifiers = who === '' ? {} : { user_id: who };
    return [{ id: `${who}-${type}-${at}`, type, time, channel: 'web', identifiers, ...more }];
  });
  if (events.length > 0) await engine.send(events);
}

async function byPerson(
  engine: StoryEngine,
  stories: readonly Story[],
): Promise<ReadonlyMap<string, readonly ToldDecision[]>> {
  const told = await engine.decisions();
  const people = stories.flatMap(({ people }) => Object.keys(people));
  const decisions = new Map<string, readonly ToldDecision[]>();
  for (const person of people) {
    const profile = await engine.profileOf(person);
    decisions.set(
      person,
      told.filter((each) => each.profile === profile),
    );
  }
  return decisions;
}
