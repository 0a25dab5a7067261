import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import { consentOf, isConsentName } from './consent-words.ts';
import { type NamedRow, readNamedRows } from './read-named-rows.ts';

/** Beside the person: what was agreed to, how, and why it is entered. Every other column is a consent or a notice. */
const ABOUT = ['text_version', 'method', 'reason'];
const COLUMNS = { known: ['profile', ...ABOUT], others: isConsentName, required: ['profile'] };
const NOTICE = 'notices.';

/** A line of a consent file: whom it is about, and what the engine is told of them. */
export interface ConsentLine {
  readonly line: number;
  readonly profile: string;
  readonly body: JsonObject;
}

/**
 * All lines of a consent file that say something. Fails with `import_failed` where its header or a line is not what it should be,
 * and where two lines are about one person: which of them is the newer word, nobody could tell.
 */
export async function readConsentFile(path: string): Promise<readonly ConsentLine[]> {
  const { columns, rows } = await readNamedRows(path, COLUMNS);
  const names = columns.filter((name) => !COLUMNS.known.includes(name));
  if (names.length === 0) throw new TesseraError('import_failed', 'The header names no consent.');
  const lines = rows.map((row) => lineOf(row, names));
  const seen = new Map<string, number>();
  for (const { line, profile } of lines) {
    const before = seen.get(profile);
    if (before !== undefined)
      throw new TesseraError('import_failed', `Line ${line} is about the person of line ${before}.`);
    seen.set(profile, line);
  }
  return lines.filter(({ body }) => body.consent !== undefined);
}

function lineOf({ line, fields }: NamedRow, names: readonly string[]): ConsentLine {
  const { profile, reason, text_version: version, method } = fields;
  if (profile === undefined) throw new TesseraError('import_failed', `Line ${line}: it names no profile.`);
  const words = new Map<string, boolean | number>();
  for (const name of names) {
    const text = fields[name];
    if (text !== undefined) words.set(name, readWord(text, { name, line }));
  }
  const consent = {
    ...consentOf(words),
    ...(version === undefined ? {} : { text_version: version }),
    ...(method === undefined ? {} : { method }),
  };
  const said = words.size === 0 ? {} : { consent };
  return { line, profile, body: { ...said, ...(reason === undefined ? {} : { reason }) } };
}

function readWord(
  text: string,
  { name, line }: { readonly name: string; readonly line: number },
): boolean | number {
  if (!name.startsWith(NOTICE)) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new TesseraError('import_failed', `Line ${line}: ${name} must be true, false or empty.`);
  }
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new TesseraError('import_failed', `Line ${line}: ${name} must be the version of a text, or empty.`);
}
