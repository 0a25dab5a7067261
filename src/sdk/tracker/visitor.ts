/** Who the visitor is, as far as this browser knows: an id of its own, the user who signed in, the session, the consent. */
import { pageNow } from './page-clock.ts';
import type { PageStorage } from './page-storage.ts';
import { randomId } from './random-id.ts';
import type { Settings } from './settings.ts';

const ANONYMOUS = 'visitor';
const USER = 'user';
const SESSION = 'session';
const CONSENT = 'consent';

export interface Session {
  readonly id: string;
  readonly start: number;
  readonly campaign?: Readonly<Record<string, string>>;
}

export interface Visitor {
  /** Whether events of this visitor may be stored and sent. */
  mayTrack(): boolean;
  /** What was decided is remembered; a refusal takes everything else away. */
  decide(granted: boolean): void;
  identifiers(): Readonly<Record<string, string>>;
  /** Another user than the one before is another person: nothing of the last one goes on. */
  signIn(userId: string): void;
  /** From now on somebody else. */
  signOut(): void;
  /** The session that goes on, or a new one; this is activity. */
  session(): Session;
}

interface KeptSession extends Session {
  readonly last: number;
}

export function createVisitor(storage: PageStorage, settings: Settings): Visitor {
  const forget = (): void => [ANONYMOUS, USER, SESSION].forEach(storage.remove);
  return {
    mayTrack: () =>
      storage.get(CONSENT) === '1' || (!settings.consentRequired && storage.get(CONSENT) !== '0'),
    decide(granted) {
      // First, so that a full storage has room for the refusal.
      if (!granted) forget();
      storage.set(CONSENT, granted ? '1' : '0');
    },
    identifiers() {
      let anonymous = storage.get(ANONYMOUS);
      if (anonymous === undefined) {
        anonymous = randomId();
        storage.set(ANONYMOUS, anonymous);
      }
      const user = storage.get(USER);
      return { anonymous_id: anonymous, ...(user === undefined ? {} : { user_id: user }) };
    },
    signIn(userId) {
      if ((storage.get(USER) ?? userId) !== userId) forget();
      storage.set(USER, userId);
    },
    signOut: forget,
    session() {
      const now = pageNow();
      const kept = readSession(storage.get(SESSION));
      const goesOn = kept !== undefined && Math.abs(now - kept.last) < settings.sessionIdleMs;
      const campaign = readCampaign(location.search) ?? (goesOn ? kept.campaign : undefined);
      const session: Session = {
        id: goesOn ? kept.id : randomId(),
        start: goesOn ? kept.start : now,
        ...(campaign === undefined ? {} : { campaign }),
      };
      const keep: KeptSession = { ...session, last: now };
      storage.set(SESSION, JSON.stringify(keep));
      return session;
    },
  };
}

/** Anybody may write into storage, and an older tracker may have. */
function readSession(text: string | undefined): KeptSession | undefined {
  try {
    const value = JSON.parse(text ?? 'null') as KeptSession | null; // As it was written above, or checked below.
    return typeof value?.id === 'string' && value.start > 0 && value.last > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The campaign that the address of the page names by `utm_` parameters; it holds for the rest of the session. */
function readCampaign(search: string): Readonly<Record<string, string>> | undefined {
  const campaign: Record<string, string> = {};
  new URLSearchParams(search).forEach((value, name) => {
    if (/^utm_\w{1,20}$/.test(name) && value !== '') campaign[name.slice(4)] = value.slice(0, 200);
  });
  return Object.keys(campaign).length === 0 ? undefined : campaign;
}
