import type { IdentifierReader } from '../../ingest/identifiers.ts';
import type { Sealer } from '../../ingest/seal.ts';
import { limits } from '../../limits.ts';
import type { ErasureUnderWay } from '../../model/erasure.ts';
import type { History } from '../../ports/history.ts';
import type { ErasedWords } from './erased-words.ts';

/*
 * A quarantined event belongs to nobody yet: all that can be done is to read it and see whether it names an identifier of theirs. No
 * plaintext is needed for that, and none is kept: each text in it is taken for an identifier of every type that they had,
 * and its blind index compared.
 */

export interface QuarantineLook {
  readonly words: ErasedWords;
  readonly erasure: Pick<ErasureUnderWay, 'identifiers'>;
  readonly sealer: Pick<Sealer, 'openQuarantined'>;
  readonly reader: Pick<IdentifierReader, 'find'>;
}

const SEALED = 'v1.';
const TEXT = /"((?:[^"\\]|\\.)*)"|[0-9]{5,}/g;

/** Whether what quarantine keeps of an event names one of them. */
export function quarantineTest({
  words,
  erasure,
  sealer,
  reader,
}: QuarantineLook): (sealed: string) => boolean {
  const types = new Set(erasure.identifiers.map(({ key }) => key.slice(0, key.indexOf(':'))));
  const isTheirs = (value: string): boolean =>
    [...types].some((type) => {
      const found = reader.find(type, value);
      return 'hash' in found && words.words.has(found.hash);
    });
  return (kept) => {
    if (words.names(kept)) return true;
    if (!kept.startsWith(SEALED)) return false;
    let text: string;
    try {
      text = sealer.openQuarantined(kept);
    } catch {
      // Its key is gone, and so is what it says.
      return false;
    }
    return textsIn(text).some(isTheirs);
  };
}

/** What stands between quotes, and what stands between quotes in that: the event is a text within one. */
export function textsIn(text: string): readonly string[] {
  const found = new Set<string>();
  const note = (value: string): void => {
    if (value.length > 2 && value.length <= limits.identifierCharactersMax) found.add(value);
  };
  const look = (level: string): void => {
    for (const [whole, quoted] of level.matchAll(TEXT)) {
      note(quoted ?? whole);
      if (quoted?.includes('\\') !== true) continue;
      // Quotes pair up only within a text that is taken out of its own.
      const inner = unescaped(quoted);
      note(inner);
      if (inner.length < quoted.length) look(inner);
    }
  };
  look(text);
  return [...found];
}

function unescaped(quoted: string): string {
  try {
    return String(JSON.parse(`"${quoted}"`));
  } catch {
    return quoted.replaceAll('\\"', '"');
  }
}

/** Ids of the quarantined events in history that are theirs. */
export async function findQuarantined(
  history: Pick<History, 'query'>,
  isTheirs: (sealed: string) => boolean,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const sql = `SELECT id, sealed FROM quarantine WHERE id > '${after.replaceAll(/['\\]/g, '\\$&')}' ORDER BY id LIMIT ${limits.erasurePageEntries}`;
    const rows = (await history.query(sql, 'JSONCompactEachRow')).split('\n').filter((line) => line !== '');
    for (const line of rows) {
      // Two columns of text.
      const [id, sealed] = JSON.parse(line) as [string, string];
      if (isTheirs(sealed)) ids.push(id);
      after = id;
    }
    if (rows.length < limits.erasurePageEntries) return ids;
  }
}
