import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../../errors.ts';
import { Random } from '../../generate/random.ts';
import type { Person } from '../../generate/world.ts';
import { limits } from '../../limits.ts';
import { Stage, type Town } from './stage.ts';
import { stories } from './stories.ts';
import type { Story } from './story.ts';

/** Events of a story, on average: so often one begins. */
const EVENTS_PER_STORY = 5;
/** Draws for somebody who fits and is not busy. */
const DRAWS = 100;

export interface Direction {
  readonly town: Town;
  readonly seed: number;
  readonly rate: number;
}

/**
 * Has one story after the other begin until the signal comes: first each of them once, so that all is to be seen within
 * seconds, then by chance. The same seed gives the same stories in the same order, about the same people.
 */
export async function direct(direction: Direction): Promise<void> {
  const { town, seed, rate } = direction;
  // Each story waits for it.
  setMaxListeners(2 * limits.demoStoriesMax, town.signal);
  const running = new Set<Promise<void>>();
  const busy = new Set<Person>();
  for (let n = 0; !town.signal.aborted; n++) {
    const random = new Random(`demo ${seed} story ${n}`);
    const story = stories[n] ?? pickStory(random);
    const person = pickPerson(town, { random, story, busy });
    if (person !== undefined) {
      busy.add(person);
      const told = tellStory({ story, person, stage: new Stage(town, random, String(n)) }, town).finally(
        () => {
          busy.delete(person);
          running.delete(told);
        },
      );
      running.add(told);
    }
    await waitForNext(town.signal, (EVENTS_PER_STORY * 1_000) / rate);
    if (running.size >= limits.demoStoriesMax) await Promise.race(running);
  }
  await Promise.all(running);
}

function pickStory(random: Random): Story {
  return stories[random.weighted(stories.map(({ weight }) => weight))] as Story;
}

interface Casting {
  readonly random: Random;
  readonly story: Story;
  readonly busy: ReadonlySet<Person>;
}

function pickPerson({ people }: Town, { random, story, busy }: Casting): Person | undefined {
  for (let draw = 0; draw < DRAWS; draw++) {
    const person = people[random.below(people.length)];
    if (person !== undefined && !busy.has(person) && story.who(person)) return person;
  }
  return undefined;
}

interface Told {
  readonly story: Story;
  readonly person: Person;
  readonly stage: Stage;
}

/** To its end, or until the engine refuses something or everything stops: the others go on. */
async function tellStory({ story, person, stage }: Told, { tally, signal }: Town): Promise<void> {
  try {
    await story.tell(stage, person);
    tally.stories++;
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof TesseraError)) throw error;
    tally.brokeOff(error.code);
  }
}

async function waitForNext(signal: AbortSignal, ms: number): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
