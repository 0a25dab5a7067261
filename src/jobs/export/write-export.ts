import { customerAtHand } from '../../desks/recommend/customer-at-hand.ts';
import { TesseraError } from '../../errors.ts';
import type { JsonObject } from '../../model/json.ts';
import type { History } from '../../ports/history.ts';
import { iso } from './export-event.ts';
import { findKept, type KeptByIdentifier, type KeptSources } from './kept-of-people.ts';
import { pastSections } from './past-sections.ts';
import {
  type OwnIdentifier,
  ownIdentifiers,
  type PresentOptions,
  presentSections,
} from './present-sections.ts';
import { quarantineSection } from './quarantine-section.ts';

export interface ExportSources extends PresentOptions {
  readonly history: Pick<History, 'query'>;
  readonly signal: AbortSignal;
  readonly sealer: KeptSources['sealer'];
  /** Reads identifiers as the policy in force has it. */
  readonly readerNow: () => KeptSources['reader'];
}

/** What a person reads first. */
const ABOUT: JsonObject = {
  times: 'UTC, RFC 3339',
  amounts:
    'Amounts of events are integers in minor units of their currency, such as cents; features show decimal texts.',
  left_out:
    'What names other people: the employee who served, whom you invited, identifiers that are not yours any more. ' +
    'What can no longer be decrypted is left out.',
};

/** The same of many, as one list. Who is gone by then is left out. */
export async function* writeArchive(
  profiles: readonly string[],
  sources: ExportSources,
): AsyncGenerator<string> {
  const keys = new Set<string>();
  for (const profile of profiles)
    for (const key of keysOf(await ownIdentifiers(profile, sources))) keys.add(key);
  const kept = await findKept(keys, { ...sources, reader: sources.readerNow() });
  let separator = '[';
  for (const profile of profiles) {
    if ((await customerAtHand(profile, sources)) === undefined) continue;
    yield separator;
    yield* writePerson(profile, sources, kept);
    separator = ',';
  }
  yield separator === '[' ? '[]\n' : ']\n';
}

/**
 * Everything that is held of a person, as the text of one JSON object, part by part: lists of any length go through without
 * being in memory. Fails with `profile_not_found`.
 */
export async function* writeExport(profile: string, sources: ExportSources): AsyncGenerator<string> {
  const keys = keysOf(await ownIdentifiers(profile, sources));
  const kept = await findKept(new Set(keys), { ...sources, reader: sources.readerNow() });
  yield* writePerson(profile, sources, kept);
}

/** What is somebody's alone: what names a shared device may be about the others. */
function keysOf(identifiers: readonly OwnIdentifier[]): readonly string[] {
  return identifiers.flatMap(({ link: { type, hash, sharedAs } }) =>
    sharedAs === undefined ? [`${type}:${hash}`] : [],
  );
}

async function* writePerson(
  profile: string,
  sources: ExportSources,
  kept: KeptByIdentifier,
): AsyncGenerator<string> {
  const customer = await customerAtHand(profile, sources);
  if (customer === undefined) throw new TesseraError('profile_not_found');
  const { id } = customer.header;
  const identifiers = await ownIdentifiers(id, sources);
  const head = {
    format: 'tessera.export',
    version: 1,
    profile_id: id,
    written_at: iso(sources.now),
    about: ABOUT,
    ...(await presentSections(customer, identifiers, sources)),
  };
  yield JSON.stringify(head, null, 1).slice(0, -2);
  const own = new Map(
    identifiers.flatMap(({ link: { type, hash }, value }) =>
      value === undefined ? [] : [[`${type}:${hash}`, value] as const],
    ),
  );
  const counted = { rows: 0 };
  const mine = keysOf(identifiers);
  const quarantined = quarantineSection({
    ...sources,
    reader: sources.readerNow(),
    own: new Set(mine),
    types: sources.definitions.entry.identity.definition.types.map(({ type }) => type),
    ids: [...new Set(mine.flatMap((key) => kept.get(key) ?? []))],
    reading: { open: sources.open, own },
    counted,
  });
  const past = pastSections({ ...sources, own, profile: id, counted });
  for (const { name, source, entries } of [...past, quarantined]) {
    yield `,\n ${JSON.stringify(name)}: {\n  "source": ${JSON.stringify(source)},\n  "entries": [`;
    let first = true;
    for await (const entry of entries()) {
      yield `${first ? '' : ','}\n   ${JSON.stringify(entry)}`;
      first = false;
    }
    yield ']\n }';
  }
  yield '\n}\n';
}
