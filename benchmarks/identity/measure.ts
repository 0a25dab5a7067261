import { Contingency, NONE, shareOf } from './pairs.ts';

/** How well a grouping of events into profiles fits the people who did them. */
export interface Measures {
  /** Of all pairs of events in one profile, the share that one person did. */
  readonly precision: number;
  /** Of all linkable pairs, the share that is in one profile. */
  readonly recall: number;
  readonly pairsClaimed: number;
  readonly pairsLinkable: number;
  /** Profiles that events are in. */
  readonly profiles: number;
  /** Profiles with events of several people. */
  readonly collapsed: number;
  /** Groups of linkable events that are spread over several profiles. */
  readonly split: number;
  /** Events, and people, in the profile that has the most events. */
  readonly largestEvents: number;
  readonly largestPeople: number;
}

export interface Grouping {
  /** Profile of each event; NONE where no profile claims it. */
  readonly profile: ArrayLike<number>;
  readonly person: ArrayLike<number>;
  /** Which events private identifiers connect; NONE: the event carries none. */
  readonly linkable: ArrayLike<number>;
}

export function measure({ profile, person, linkable }: Grouping): Measures {
  const claimed = new Contingency(profile, person);
  const connected = new Contingency(linkable, profile);
  const precision = claimed.count();
  const recall = connected.count();
  let collapsed = 0;
  let largest = { events: 0, people: 0 };
  for (const cells of claimed.groups.values()) {
    if (cells.size > 1) collapsed++;
    const events = sumOf(cells.values());
    if (events > largest.events) largest = { events, people: cells.size };
  }
  let split = 0;
  // Events that no profile claims are not in one profile with anything, themselves included.
  for (const cells of connected.groups.values()) if (cells.size > 1 || (cells.get(NONE) ?? 0) > 1) split++;
  return {
    precision: shareOf(precision),
    recall: shareOf(recall),
    pairsClaimed: precision.pairs,
    pairsLinkable: recall.pairs,
    profiles: claimed.groups.size,
    collapsed,
    split,
    largestEvents: largest.events,
    largestPeople: largest.people,
  };
}

function sumOf(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
