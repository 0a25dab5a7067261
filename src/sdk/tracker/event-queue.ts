/**
 * Events that the engine has not confirmed yet. Each is an entry of its own in storage, under a name that sorts by time:
 * adding and removing are single steps, so tabs share the queue without a lock and none writes over what another added.
 */
import { pageNow } from './page-clock.ts';
import type { PageStorage } from './page-storage.ts';
import { trackerLimits } from './tracker-limits.ts';

const PREFIX = 'q.';
const TIME_DIGITS = 9;
const COUNT_DIGITS = 3;

export interface QueuedEvent {
  readonly name: string;
  /** The event as JSON, made once: a repeat is the same bytes with the same id. */
  readonly text: string;
}

export interface EventQueue {
  add(id: string, text: string): void;
  /** What waits, the oldest first, of all tabs or of this one. */
  waiting(whose: 'all' | 'own'): readonly QueuedEvent[];
  remove(names: readonly string[]): void;
  /** Whether the event would be gone with the page. */
  isFleeting(name: string): boolean;
  readonly dropped: number;
}

export function createEventQueue(storage: PageStorage): EventQueue {
  const own = new Set<string>();
  let count = 0;
  let dropped = 0;
  const remove = (name: string): void => {
    own.delete(name);
    storage.remove(name);
  };
  const discard = (names: readonly string[]): void => {
    names.forEach(remove);
    dropped += names.length;
  };
  return {
    add(id, text) {
      if (text.length > trackerLimits.eventCharactersMax) {
        dropped += 1;
        return;
      }
      const name = nameOf(id, pageNow(), count);
      count = (count + 1) % 36 ** COUNT_DIGITS;
      const names = storage.names(PREFIX);
      discard(names.slice(0, Math.max(0, names.length + 1 - trackerLimits.queueEventsMax)));
      storage.set(name, text);
      own.add(name);
    },
    waiting(whose) {
      const oldest = nameOf('', Math.max(0, pageNow() - trackerLimits.eventAgeMs), 0);
      const names = storage.names(PREFIX);
      discard(names.filter((name) => name < oldest));
      return names.flatMap((name) => {
        const text = name < oldest || (whose === 'own' && !own.has(name)) ? undefined : storage.get(name);
        return text === undefined ? [] : [{ name, text }];
      });
    },
    remove: (names) => names.forEach(remove),
    isFleeting: (name) => storage.inMemory(name),
    get dropped() {
      return dropped;
    },
  };
}

function nameOf(id: string, time: number, count: number): string {
  const digits = (value: number, width: number): string => value.toString(36).padStart(width, '0');
  return `${PREFIX}${digits(time, TIME_DIGITS)}.${digits(count, COUNT_DIGITS)}.${id}`;
}
