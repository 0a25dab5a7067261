import { createHmac } from 'node:crypto';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { AuditEntry } from '../../model/audit.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { PartnerDefinition } from '../../model/privacy.ts';
import type { Facet, Header } from '../../model/profile.ts';
import { isHiddenSegment } from '../../model/segment.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import { membershipsOf } from '../../pipeline/profile-memberships.ts';
import { momentOf } from '../../pipeline/profile-moment.ts';
import type { AuditTrail } from '../../ports/audit.ts';
import type { History } from '../../ports/history.ts';
import { readKind } from '../../profile/kind.ts';
import { isRestricted } from '../../profile/restriction.ts';
import { usableConsent } from '../../profile/usable-traits.ts';
import type { SharedGroupsRequest, Sharing, SharingRequest } from '../../serve/consent-service.ts';
import { loadProfile, type OperatorDesk } from '../operator-events.ts';
import { everMembersIn, membersIn } from '../segment-members.ts';

export interface SharingOptions extends Pick<OperatorDesk, 'state' | 'codec' | 'definitions' | 'clock'> {
  readonly history: Pick<History, 'query'>;
  /** Secret of this deployment that pseudonyms are made with; it outlives the master key. */
  readonly secret: Uint8Array;
  readonly audit: AuditTrail;
}

/** People of whom nothing is shared, whatever they have agreed to. */
const NEVER_SHARED: ReadonlySet<string> = new Set(['staff', 'test', 'bot']);

/**
 * What of a segment a partner may have: of people who agree to sharing with them, under a pseudonym that no other partner knows,
 * nothing but the fields of the agreement, and for its time; or numbers of people, of many at once.
 */
export function createSharing(options: SharingOptions): Sharing {
  return {
    async rows(request, author) {
      const partner = partnerOf(request, options);
      const { limit, removals, segment } = request;
      const listed = await (removals ? everMembersIn : membersIn)(options.history, request);
      const members: JsonObject[] = [];
      const removed: string[] = [];
      const subjects: string[] = [];
      for (const { profile_id, since } of listed) {
        const person = await shareable(profile_id, { segment, name: request.partner, options });
        const pseudonym = pseudonymOf(profile_id, request.partner, options.secret);
        if (person === undefined) removed.push(pseudonym);
        else {
          members.push({ pseudonym, since, fields: fieldsOf(person, partner.fields, options) });
          subjects.push(profile_id);
        }
      }
      await record({ author, subjects, fields: partner.fields, target: targetOf(request) }, options);
      const last = listed.at(-1);
      return {
        segment,
        partner: request.partner,
        expires_at: expiryOf(partner, options.clock.now()),
        members,
        ...(removals ? { removed } : {}),
        ...(listed.length < limit || last === undefined ? {} : { next: last.profile_id }),
      };
    },
    async groups(request, author) {
      const partner = partnerOf(request, options);
      const { by, segment } = request;
      if (!partner.fields.includes(by))
        throw new TesseraError('sharing_not_allowed', `The partner may not have ${by}.`);
      const { counts, complete } = await countBy(request, options);
      const groups = [...counts]
        .filter(([, people]) => people >= limits.sharedGroupPeopleMin)
        .sort(([a, more], [b, fewer]) => fewer - more || (a < b ? -1 : 1))
        .map(([value, people]) => ({ value, people }));
      await record({ author, fields: [by], target: targetOf(request), detail: 'groups' }, options);
      return {
        segment,
        partner: request.partner,
        by,
        people_min: limits.sharedGroupPeopleMin,
        groups,
        suppressed: groups.length < counts.size,
        complete,
      };
    },
  };
}

/** The agreement, where it holds for the segment and today. */
function partnerOf(
  { segment, partner: name }: Pick<SharingRequest, 'segment' | 'partner'>,
  { definitions, clock }: SharingOptions,
): PartnerDefinition {
  if (!definitions.segments.byName.has(segment) || isHiddenSegment(segment))
    throw new TesseraError('not_found', 'There is no segment of this name.');
  const { partners } = definitions.privacy.definition;
  const partner = Object.hasOwn(partners, name) ? partners[name] : undefined;
  if (partner === undefined) throw new TesseraError('not_found', 'There is no partner of this name.');
  if (clock.now() >= endOf(partner))
    throw new TesseraError('sharing_not_allowed', `The agreement ended on ${partner.until}.`);
  if (partner.segments !== undefined && !partner.segments.includes(segment))
    throw new TesseraError('sharing_not_allowed', 'The partner may not have this segment.');
  return partner;
}

/** The first moment after the last day. */
function endOf({ until }: PartnerDefinition): EpochMs {
  return Date.parse(`${until}T00:00:00Z`) + DAY_MS;
}

/** When the partner has to have forgotten what they get now. */
function expiryOf(partner: PartnerDefinition, now: EpochMs): string {
  return new Date(Math.min(endOf(partner), now + partner.keep_days * DAY_MS)).toISOString();
}

interface Shareable {
  readonly header: Header;
  readonly facets: readonly Facet[];
}

/** The profile as it is now, where it is in the segment and may be shared; undefined otherwise. */
async function shareable(
  profile: string,
  {
    segment,
    name,
    options,
  }: { readonly segment: string; readonly name: string; readonly options: SharingOptions },
): Promise<Shareable | undefined> {
  const { definitions } = options;
  const found = await loadProfile(profile, options);
  if (found === undefined || found.header.forward !== undefined || found.header.kind === 'pseudo')
    return undefined;
  const { header, facets } = found;
  if (!header.segments?.has(segment) || isRestricted(facets)) return undefined;
  if (NEVER_SHARED.has(readKind(facets, definitions.identity.isListed))) return undefined;
  return usableConsent(facets, `sharing.${name}`, definitions.privacy) === true
    ? { header, facets }
    : undefined;
}

/** The same person has another name with every partner, and nobody finds them without the secret. */
export function pseudonymOf(profile: string, partner: string, secret: Uint8Array): string {
  return createHmac('sha256', secret)
    .update(`sharing\0${partner}\0${profile}`)
    .digest('base64url')
    .slice(0, 32);
}

function fieldsOf(
  { header, facets }: Shareable,
  names: readonly string[],
  { definitions, clock }: SharingOptions,
): JsonObject {
  const now = clock.now();
  const members = header.segments ?? new Map<string, unknown>();
  const moment = momentOf({ facets, now, definitions, members });
  const belongs = membershipsOf({ facets, members: members.keys() }, definitions.segments, now);
  const read = (name: string): JsonValue | undefined => {
    const dot = name.indexOf('.');
    const inner = name.slice(dot + 1);
    switch (dot < 0 ? name : name.slice(0, dot)) {
      case 'kind':
        return readKind(facets, definitions.identity.isListed);
      case 'lifecycle':
        return belongs.lifecycle;
      case 'segments':
        return belongs.segments;
      case 'tags':
        return belongs.tags;
      // What is sealed, and what the person has not been told of, has no value here.
      case 'traits':
        return moment.trait(inner);
      case 'features':
        return moment.feature(inner);
      case 'loyalty':
        return moment.loyalty(inner);
      default:
        return undefined;
    }
  };
  return Object.fromEntries(names.map((name) => [name, read(name) ?? null]));
}

/** How many shareable members have each value of a field; of a bounded number of members. */
async function countBy(
  { segment, partner, by }: SharedGroupsRequest,
  options: SharingOptions,
): Promise<{ readonly counts: ReadonlyMap<string, number>; readonly complete: boolean }> {
  const counts = new Map<string, number>();
  let after = '';
  for (let looked = 0; looked < limits.sharedGroupsLookedAtMax; ) {
    const listed = await membersIn(options.history, { segment, after, limit: limits.segmentMembersMax });
    for (const { profile_id } of listed) {
      after = profile_id;
      const person = await shareable(profile_id, { segment, name: partner, options });
      if (person === undefined) continue;
      const value = fieldsOf(person, [by], options)[by];
      for (const each of Array.isArray(value) ? new Set(value.map(textOf)) : [textOf(value)])
        counts.set(each, (counts.get(each) ?? 0) + 1);
    }
    looked += listed.length;
    if (listed.length < limits.segmentMembersMax) return { counts, complete: true };
  }
  return { counts, complete: false };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function targetOf({ segment, partner }: Pick<SharingRequest, 'segment' | 'partner'>): string {
  return `segments/${segment}/partners/${partner}`;
}

/** Nothing leaves before it is known that it did. */
async function record(entry: Omit<AuditEntry, 'action' | 'via'>, { audit }: SharingOptions): Promise<void> {
  await audit.record({
    action: 'data_exported',
    via: 'GET /v1/segments/:name/export',
    ...(entry.subjects === undefined ? {} : { count: entry.subjects.length }),
    ...entry,
  });
}
