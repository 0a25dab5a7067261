import { visible } from '../parts/data-text.ts';
import { words } from '../words/words.ts';
import type { TimelineEvent } from './timeline.tsx';

/** Empty: all. Days are those of this browser, as its fields give them: `2026-11-23`. */
export interface EventFilter {
  readonly channel: string;
  readonly type: string;
  readonly from: string;
  readonly until: string;
}

export const noFilter: EventFilter = { channel: '', type: '', from: '', until: '' };

export function fits({ channel, type, time }: TimelineEvent, filter: EventFilter): boolean {
  return (
    (filter.channel === '' || channel === filter.channel) &&
    (filter.type === '' || type === filter.type) &&
    (filter.from === '' || time >= dayStart(filter.from))
  );
}

export function dayStart(day: string): number {
  return new Date(`${day}T00:00:00`).getTime();
}

/** The first moment that is not of the day any more. */
export function dayEnd(day: string): number {
  const end = new Date(dayStart(day));
  end.setDate(end.getDate() + 1);
  return end.getTime();
}

interface TimelineFilterProps {
  readonly events: readonly TimelineEvent[];
  readonly filter: EventFilter;
  readonly change: (filter: EventFilter) => void;
}

/** What is there to choose from is what has been loaded, and what is chosen. */
export function TimelineFilter({ events, filter, change }: TimelineFilterProps) {
  const { customer: texts, all } = words.value;
  const lists = [
    { name: 'channel', title: texts.everyChannel },
    { name: 'type', title: texts.everyType },
  ] as const;
  const days = [
    { name: 'from', title: texts.from },
    { name: 'until', title: texts.until },
  ] as const;
  return (
    <div class="row">
      {lists.map(({ name, title }) => (
        <label key={name}>
          {title}
          <select
            value={filter[name]}
            onChange={({ currentTarget }) => change({ ...filter, [name]: currentTarget.value })}
          >
            <option value="">{all}</option>
            {[...new Set([...events.map((event) => event[name]), filter[name]])]
              .filter((each) => each !== '')
              .sort()
              .map((each) => (
                <option key={each} value={each}>
                  {visible(each)}
                </option>
              ))}
          </select>
        </label>
      ))}
      {days.map(({ name, title }) => (
        <label key={name}>
          {title}
          <input
            type="date"
            value={filter[name]}
            onChange={({ currentTarget }) => change({ ...filter, [name]: currentTarget.value })}
          />
        </label>
      ))}
    </div>
  );
}
