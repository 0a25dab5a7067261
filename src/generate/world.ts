import type { ProfileKind } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';

/** What the generated world is made of. Mutable where living changes it: memberships, cookies, who is signed in. */
export interface Person {
  readonly n: number;
  readonly kind: Extract<ProfileKind, 'customer' | 'staff' | 'test'>;
  readonly household: Household;
  readonly name: string;
  readonly homeStore: Store;
  /** Shelves of the assortment that the person likes. */
  readonly shelves: readonly [number, ...number[]];
  /** First and last day on which the person does anything. */
  from: number;
  to: number;
  /** Index of the phone number in use. */
  phone: number;
  readonly hasEmail: boolean;
  /** The address is one of a relay service. */
  readonly relay: boolean;
  readonly uses: Uses;
  member: boolean;
  readonly joins: boolean;
  /** Whether the CRM has reported the member, or never will. */
  reported: boolean;
  readonly duplicate: Duplicate | undefined;
  /** Number of own payment cards. */
  readonly cards: number;
  readonly app: Device | undefined;
  readonly browsers: readonly Device[];
  /** Set where the number went from one person to another. */
  recycled: Recycled | undefined;
  /** For staff: types the own phone for guests. */
  collects: boolean;
  /** Whether the marketplace and the mini-program have been bound. */
  readonly bound: { marketplace: boolean; miniProgram: 'no' | 'guest' | 'member' };
}

export interface Uses {
  readonly web: boolean;
  readonly app: boolean;
  readonly miniProgram: boolean;
  readonly stores: boolean;
  readonly marketplace: boolean;
}

/** A second membership of the same person. */
export interface Duplicate {
  /** Day from which it is used, and day on which the loyalty master merges it; undefined: never. */
  readonly fromDay: number;
  readonly mergedDay: number | undefined;
  /** Registered with the same phone; otherwise with a second number of the person. */
  readonly samePhone: boolean;
  opened: boolean;
  merged: boolean;
}

/** The phone number of `phone` belonged to one person until a day and to another from a day on. */
export interface Recycled {
  readonly phone: number;
  readonly role: 'before' | 'after';
  readonly fromDay: number;
  readonly untilDay: number;
}

export interface Household {
  readonly n: number;
  readonly surname: string;
  readonly people: Person[];
  /** A device that its shoppers use in turn. */
  device: Device | undefined;
  /** Number of the payment card that they share. */
  card: number | undefined;
  /** Two of them are members with one phone. */
  phoneShared: boolean;
}

export interface Device {
  readonly n: number;
  readonly form: 'app' | 'browser' | 'tablet';
  readonly place: 'own' | 'family' | 'store';
  /** Cookies or installations so far: the newest is in use. */
  generation: number;
  signedIn: Person | undefined;
  /** One person after the other. */
  busyUntil: EpochMs;
  /** Sends the zero UUID as its id. */
  readonly zeroId: boolean;
}

export interface Store {
  readonly n: number;
  readonly code: string;
  readonly associates: Person[];
  readonly tablets: Device[];
}

export interface World {
  readonly people: readonly Person[];
  readonly households: readonly Household[];
  readonly stores: readonly [Store, ...Store[]];
  readonly days: number;
}
