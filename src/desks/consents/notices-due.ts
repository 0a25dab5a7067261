import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Definitions } from '../../definitions/definitions.ts';
import { limits } from '../../limits.ts';
import type { CompiledPrivacy } from '../../model/compile-privacy.ts';
import type { JsonObject } from '../../model/json.ts';
import { keys } from '../../model/keys.ts';
import type { Facet, Header } from '../../model/profile.ts';
import type { StateReader } from '../../ports/state.ts';
import { readNotices } from '../../profile/registers.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';
import type { NoticesPage } from '../../serve/consent-service.ts';

export interface NoticesDueOptions {
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly definitions: Pick<Definitions, 'privacy'>;
}

interface DueNotice {
  readonly notice: string;
  /** The version that somebody has to be told: the one in force. */
  readonly version: number;
  readonly told: number | null;
  /** What may not be used of them until then; empty where everybody is to be told. */
  readonly fields: readonly string[];
}

/** Whom to tell what, in the order of profile ids. One call looks at a bounded number of people, however few of them are due. */
export async function noticesDue(
  { notice, after, limit }: NoticesPage,
  options: NoticesDueOptions,
): Promise<JsonObject> {
  const { state, codec, definitions } = options;
  const people: JsonObject[] = [];
  let cursor = after === '' ? '' : keys.header(after);
  for (let looked = 0; looked < limits.noticesLookedAtMax; ) {
    const page = await state.scan('h/', cursor, limits.noticesProfilesInTurn);
    for (const [key, bytes] of page) {
      cursor = key;
      // The codec answers the type that belongs to the key's prefix.
      const header = codec.decode(key, bytes) as Header;
      if (header.forward !== undefined || header.kind === 'pseudo') continue;
      const due = dueOf(await facetsOf(header, options), definitions.privacy).filter(
        (each) => notice === undefined || each.notice === notice,
      );
      if (due.length > 0) people.push({ profile_id: header.id, due: due.map((each) => ({ ...each })) });
      if (people.length === limit) return { people, next: header.id };
    }
    looked += page.length;
    if (page.length === 0) return { people };
    // A store in this process answers at once, and nobody else would have a turn until all are looked at.
    await nextTurn();
  }
  return { people, next: cursor.slice('h/'.length) };
}

/** What these facets' person has not been told yet. */
export function dueOf(
  facets: readonly Facet[],
  { gates, definition: { notices } }: Pick<CompiledPrivacy, 'gates' | 'definition'>,
): readonly DueNotice[] {
  const told = readNotices(facets);
  const toldOf = (name: string): number => Number(told.get(name)?.value ?? 0);
  const fields = new Map<string, Set<string>>();
  for (const [name, { everyone, version }] of Object.entries(notices))
    if (everyone && toldOf(name) < version) fields.set(name, new Set());
  for (const { traits } of facets) {
    for (const trait of traits.keys()) {
      const gate = gates.get(trait);
      const needed = gate?.notice;
      if (gate === undefined || needed === undefined || toldOf(needed.name) >= needed.version) continue;
      const known = fields.get(needed.name) ?? new Set();
      fields.set(needed.name, known.add(gate.field));
    }
  }
  return [...fields].sort().map(([name, waiting]) => ({
    notice: name,
    version: notices[name]?.version ?? 0,
    told: told.has(name) ? toldOf(name) : null,
    fields: [...waiting].sort(),
  }));
}

async function facetsOf(header: Header, { state, codec }: NoticesDueOptions): Promise<readonly Facet[]> {
  const wanted = header.facets.map((id) => keys.facet(header.id, id));
  const found = await state.read(wanted);
  const decode = codec.decodeFacts ?? codec.decode;
  // Traits and consents are facts: states of features are most of a facet, and nobody asks for them here.
  return found.flatMap((bytes, i) => (bytes ? [decode(wanted[i] as string, bytes) as Facet] : []));
}
