import type { Definitions } from '../definitions/definitions.ts';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import { RESTRICTED } from '../model/restriction.ts';
import { isHiddenSegment, type SegmentCounts } from '../model/segment.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { StateReader, StateStore } from '../ports/state.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { MemberRequest, SegmentMember, Segments } from '../serve/segment-service.ts';
import type { Jobs, ProfileReader } from '../serve/services.ts';
import { membersIn, overlapOf } from './segment-members.ts';
import { previewSegment, readDraft } from './segment-preview.ts';

export interface SegmentReaderOptions {
  readonly people: readonly string[];
  readonly store: Pick<StateStore, 'read'>;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly history: Pick<History, 'query'>;
  readonly profiles: ProfileReader;
  readonly jobs: Jobs;
}

/**
 * Segments as readers see them. Counts come out of committed state; lists come out of history, which knows who entered
 * without a look at everybody, and each member is held against its profile as it is now.
 */
export function createSegmentReader(options: SegmentReaderOptions): Segments {
  const { definitions, history } = options;
  const known = (name: string): void => {
    if (!definitions.segments.byName.has(name) || isHiddenSegment(name))
      throw new TesseraError('not_found', 'There is no segment of this name.');
  };
  return {
    counts: () => countsOf(options),
    async members(request) {
      known(request.segment);
      return await listMembers(request, options);
    },
    async overlap(a, b) {
      known(a);
      known(b);
      return await overlapOf(history, [a, b]);
    },
    preview(body, author) {
      const draft = readDraft(body, definitions);
      return options.jobs.create({
        kind: 'segment_preview',
        author,
        run: async (report, signal) => ({ ...(await previewSegment(draft, options, { report, signal })) }),
      });
    },
  };
}

async function countsOf({
  people,
  store,
  codec,
}: SegmentReaderOptions): Promise<ReadonlyMap<string, number>> {
  const found = await Promise.all(people.map((partition) => store.read(partition, [keys.segments])));
  const counts = new Map<string, number>();
  for (const [bytes] of found) {
    // The codec answers what lies under the key.
    const part = bytes && (codec.decode(keys.segments, bytes) as SegmentCounts);
    for (const [name, count] of part?.members ?? []) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

/** A page may be shorter than was asked for, or empty, and another one follow all the same: then there is a `next`. */
async function listMembers(
  { segment, after, limit, consent, purpose, read }: MemberRequest,
  { history, profiles, definitions }: SegmentReaderOptions,
): Promise<{ readonly members: readonly SegmentMember[]; readonly next?: string }> {
  const listed = await membersIn(history, { segment, after, limit });
  const isTag = definitions.segments.byName.get(segment)?.definition.kind === 'tag';
  const needed = [consent, purpose === 'service' ? undefined : purpose].filter((each) => each !== undefined);
  const off = needed.some((name) => definitions.privacy.inactive.has(name.split('.', 1)[0] ?? name));
  const members: SegmentMember[] = [];
  for (const { profile_id, since } of off ? [] : listed) {
    const profile = await profiles.byId(profile_id, read);
    if (profile === undefined || profile.profile_id !== profile_id) continue;
    if (!(isTag ? profile.tags : profile.segments).includes(segment)) continue;
    if (profile.tags.includes(RESTRICTED)) continue;
    if (!needed.every((name) => consentIn(profile.consents, name) === true)) continue;
    const { kind, identifiers, consents } = profile;
    members.push({ profile_id, since, kind, identifiers, consents });
  }
  const last = listed.at(-1);
  return listed.length < limit || last === undefined ? { members } : { members, next: last.profile_id };
}

/** `marketing.sms` out of the shape in which profiles show consents; a channel without a word follows its purpose. */
function consentIn(consents: JsonObject, name: string): unknown {
  const [purpose = '', channel] = name.split('.');
  const given = consents[purpose];
  if (!isJsonObject(given)) return given;
  return channel === undefined ? given['*'] : (given[channel] ?? given['*']);
}
