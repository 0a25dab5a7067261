import type { EventQueue } from './event-queue.ts';
import { pageNow } from './page-clock.ts';
import { randomId } from './random-id.ts';
import type { Sender } from './sender.ts';
import type { Settings } from './settings.ts';
import { trackerLimits } from './tracker-limits.ts';
import type { Visitor } from './visitor.ts';

/** Anything that JSON can hold; the engine checks it against the schema of its type. */
export type Fields = Readonly<Record<string, unknown>>;

/** What an event says beside its properties. */
export interface EventParts {
  readonly identifiers?: Fields;
  readonly traits?: Fields;
  readonly consent?: Fields;
}

export interface Tracker {
  /** An event of a type of the taxonomy or one of your own: `track('product_added', { item_id: 'spu-1' })`. False without consent. */
  track(type: string, properties?: Fields, parts?: EventParts): boolean;
  /** A page view; the page's address, title and referrer are filled in. */
  page(properties?: Fields): void;
  /** Who this is: a user id, or identifiers by type. Only the user id is kept in the browser and goes with later events. */
  identify(who: string | Fields, traits?: Fields): void;
  /**
   * Consent by purpose, or by purpose and channel. `false`, or `personalization: false` where nothing else is granted, stops
   * the tracker and clears what it knows of the visitor.
   */
  consent(consent: Fields | boolean, properties?: Fields): void;
  /** The visitor signs out: what follows is somebody else. */
  reset(): void;
  /** Circumstances of everything that follows, such as `{ store: 'SH-001' }`. */
  context(fields: Fields): void;
  flush(): Promise<void>;
}

export interface TrackerParts {
  readonly settings: Settings;
  readonly visitor: Visitor;
  readonly queue: EventQueue;
  readonly sender: Sender;
  /** Called when what was forbidden has become allowed. */
  readonly onConsent: () => void;
}

export function createTracker({ settings, visitor, queue, sender, onConsent }: TrackerParts): Tracker {
  let circumstances: Fields = {};
  let referrer = document.referrer;
  let address = location.href;

  const put = (type: string, properties: Fields, { identifiers, traits, consent }: EventParts): void => {
    const id = randomId();
    const { campaign, ...session } = visitor.session();
    const text = JSON.stringify({
      id,
      type,
      time: pageNow(),
      channel: 'web',
      identifiers: { ...visitor.identifiers(), ...identifiers },
      properties,
      traits,
      consent,
      currency: settings.currency,
      context: { session, campaign, ...surroundings(), ...circumstances },
    });
    queue.add(id, text);
    sender.wake();
  };
  const track: Tracker['track'] = (type, properties = {}, parts = {}) => {
    const may = visitor.mayTrack();
    if (may) put(type, properties, parts);
    return may;
  };

  return {
    track,
    page(properties) {
      if (location.href !== address) {
        referrer = address;
        address = location.href;
      }
      track('page_viewed', { ...pageFacts(referrer), ...properties });
    },
    identify(who, traits) {
      const identifiers = typeof who === 'string' ? { user_id: who } : who;
      if (!visitor.mayTrack()) return;
      const user = String(identifiers.user_id ?? '');
      if (user !== '') visitor.signIn(user);
      put('profile_identified', {}, { identifiers, ...(traits === undefined ? {} : { traits }) });
    },
    consent(consent, properties = {}) {
      const before = visitor.mayTrack();
      const stated = typeof consent === 'boolean' ? { personalization: consent } : consent;
      const granted = grantsAnything(stated);
      // Without consent before, there is nobody who could be said to have refused.
      if (granted) visitor.decide(true);
      if (granted || before) put('consent_changed', properties, { consent: stated });
      // Who wants no messages any more has said nothing of being known.
      if (!granted && stated.personalization === false) visitor.decide(false);
      if (granted && !before) onConsent();
    },
    reset() {
      track('signed_out');
      visitor.signOut();
    },
    context(fields) {
      circumstances = { ...circumstances, ...fields };
    },
    flush: () => sender.flush(),
  };
}

function grantsAnything(consent: Fields): boolean {
  return Object.values(consent).some(
    (value) =>
      value === true || (typeof value === 'object' && value !== null && Object.values(value).includes(true)),
  );
}

function pageFacts(referrer: string): Fields {
  const { href, pathname, search } = location;
  return {
    url: shortened(href),
    path: shortened(pathname),
    title: shortened(document.title),
    ...(search === '' ? {} : { search: shortened(search) }),
    ...(referrer === '' ? {} : { referrer: shortened(referrer) }),
  };
}

/** Filled in by the build from package.json. */
declare const TRACKER_VERSION: string;

function surroundings(): Fields {
  return {
    page: { path: shortened(location.pathname), title: shortened(document.title) },
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
    user_agent: shortened(navigator.userAgent),
    library: { name: 'tessera.js', version: TRACKER_VERSION },
  };
}

function shortened(text: string): string {
  return text.slice(0, trackerLimits.textCharactersMax);
}
