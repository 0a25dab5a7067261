import { randomUUID } from 'node:crypto';
import { TesseraError } from '../../errors.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Facet, Register } from '../../model/profile.ts';
import type { History } from '../../ports/history.ts';
import { readConsents, readNotices } from '../../profile/registers.ts';
import { withheldTraits } from '../../profile/usable-traits.ts';
import type { ConsentOrder, Consents } from '../../serve/consent-service.ts';
import type { LinkedIdentifier } from '../../serve/services.ts';
import { applyEvents, loadProfile, lookUp, type OperatorDesk, operatorEvent } from '../operator-events.ts';
import { readHistoryRows } from '../past-events.ts';
import { consentReceipt } from './consent-receipt.ts';
import { noticesDue } from './notices-due.ts';

export interface ConsentDeskOptions extends OperatorDesk {
  readonly history: Pick<History, 'query'>;
}

/**
 * Consents as people look at them and enter them. What an operator enters is an event of one identifier, so that it is a record
 * of the log with an author, weighs as every other word on that consent, and goes with its identifier when people are taken apart.
 */
export function createConsentDesk(options: ConsentDeskOptions): Consents {
  return {
    async of(profile, limit) {
      const { id, facets } = await find(profile, options);
      const history = limit === 0 ? undefined : await historyOf(id, limit, options.history);
      return { ...standing(id, facets, options), ...(history && { history }) };
    },
    async enter(order, author) {
      const identifier = (await lookUp(order.profile, options.identity))?.identifier;
      if (identifier === undefined) throw new TesseraError('profile_not_found');
      const [outcome] = await applyEvents([eventOf(order, { author, identifier, options })], options);
      if (outcome?.status !== 'applied')
        throw new TesseraError('internal', 'the consent could not be applied; it is in quarantine');
      const found = await loadProfile(outcome.profileId, options);
      return standing(outcome.profileId, found?.facets ?? [], options);
    },
    async receipt(profile) {
      const { id, facets } = await find(profile, options);
      return consentReceipt(id, facets, {
        privacy: options.definitions.privacy,
        now: options.clock.now(),
        receiptId: randomUUID(),
      });
    },
    due: async (page) => await noticesDue(page, options),
  };
}

async function find(
  profile: string,
  options: ConsentDeskOptions,
): Promise<{ readonly id: string; readonly facets: readonly Facet[] }> {
  const view = (await lookUp(profile, options.identity))?.view;
  const found = view && (await loadProfile(view.profile_id, options));
  if (view === undefined || found === undefined) throw new TesseraError('profile_not_found');
  return { id: view.profile_id, facets: found.facets };
}

function standing(id: string, facets: readonly Facet[], { definitions }: ConsentDeskOptions): JsonObject {
  const withheld = [...withheldTraits(facets, definitions.privacy)].sort();
  return {
    profile_id: id,
    consents: readConsents(facets).map(({ name, ...register }) => ({
      name,
      given: register.value,
      ...saidOf(register),
    })),
    notices: [...readNotices(facets)]
      .sort()
      .map(([notice, register]) => ({ notice, version: register.value, ...saidOf(register) })),
    withheld: Object.fromEntries(withheld),
  };
}

/** When a word was said, by whom, and on what. */
function saidOf({ time, tie, stated, text }: Register): JsonObject {
  const [source = '', eventId = ''] = tie.split('\0');
  return {
    since: time,
    source,
    event_id: eventId,
    ...(text === undefined ? {} : { text_version: text }),
    stated: stated === true,
  };
}

function eventOf(
  { consent, reason }: ConsentOrder,
  {
    author,
    identifier,
    options,
  }: { readonly author: string; readonly identifier: LinkedIdentifier; readonly options: ConsentDeskOptions },
): Event {
  return {
    ...operatorEvent(identifier, options.clock.now()),
    id: `consent-${randomUUID()}`,
    type: 'consent_changed',
    properties: { author, ...(reason === '' ? {} : { reason }) },
    consent,
  };
}

const PROFILE_ID = /^[\w-]{1,64}$/;

/** What was said of consents of everything that is the profile's now, the newest first. */
async function historyOf(
  profile: string,
  limit: number,
  history: Pick<History, 'query'>,
): Promise<readonly JsonObject[]> {
  // It goes into a query as it stands.
  if (!PROFILE_ID.test(profile)) throw new TesseraError('profile_not_found');
  const rows = await readHistoryRows(
    history,
    'SELECT kind, name, given, version, text_version, method, stated, author, reason, source, channel, event_id, ' +
      'toUnixTimestamp64Milli(time) AS said_at, toUnixTimestamp64Milli(at) AS applied_at FROM consents ' +
      `WHERE facet_id IN (SELECT facet_id FROM facets_now WHERE profile_id = '${profile}') ` +
      `ORDER BY time DESC, seq DESC, idx DESC, ord DESC LIMIT ${limit}`,
  );
  return rows.map(({ kind, version, said_at, applied_at, ...row }) => ({
    kind: kind ?? '',
    ...row,
    ...(kind === 'notice' ? { version: Number(version) } : {}),
    time: Number(said_at),
    applied_at: Number(applied_at),
  }));
}
