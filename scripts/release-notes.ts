/** What a release makes of the texts of the repository; nothing here reads or writes a file. */

export interface ReleasedTexts {
  readonly manifest: string;
  readonly lock: string;
  readonly chart: string;
  readonly changelog: string;
}

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/;
const UNRELEASED = '## Unreleased\n';

/** A reason not to release, in words for whoever tried. */
export class NotReleasable extends Error {}

/** Refuses what is no version, or none after the one before. */
export function checkVersion(next: string, current: string): void {
  const [wanted, known] = [next, current].map((text) => VERSION.exec(text)?.slice(1).map(Number));
  if (wanted === undefined) throw new NotReleasable(`${next} is no version such as 1.2.3`);
  const order = wanted.map((part, i) => part - (known?.[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
  if (order <= 0) throw new NotReleasable(`${next} does not come after ${current}`);
}

/** What stands under Unreleased; refuses where that is nothing. */
export function unreleasedNotes(changelog: string): string {
  const start = changelog.indexOf(UNRELEASED);
  if (start < 0) throw new NotReleasable('CHANGELOG.md has no section "Unreleased"');
  const rest = changelog.slice(start + UNRELEASED.length);
  const end = rest.search(/^## /m);
  const notes = (end < 0 ? rest : rest.slice(0, end)).trim();
  if (!/^\* /m.test(notes))
    throw new NotReleasable('nothing stands under Unreleased in CHANGELOG.md: say what users will notice');
  return notes;
}

/** The texts as they are released: the version everywhere, and the notes under it with their day. */
export function releasedTexts(texts: ReleasedTexts, version: string, day: string): ReleasedTexts {
  const notes = unreleasedNotes(texts.changelog);
  const [before = '', after = ''] = texts.changelog.split(UNRELEASED);
  const rest = after.slice(after.indexOf(notes) + notes.length).trimStart();
  return {
    manifest: replaceFirst(texts.manifest, /"version": "[^"]+"/, `"version": "${version}"`),
    // The lock file says it of the project twice, at its beginning.
    lock: replaceFirst(
      texts.lock,
      /("version": )"[^"]+"([\s\S]*?"packages": \{\s*"": \{[^}]*?"version": )"[^"]+"/,
      `$1"${version}"$2"${version}"`,
    ),
    chart: replaceFirst(
      replaceFirst(texts.chart, /^version: .+$/m, `version: ${version}`),
      /^appVersion: .+$/m,
      `appVersion: ${version}`,
    ),
    changelog: `${before}${UNRELEASED}\n## ${version} (${day})\n\n${notes}\n\n${rest}`,
  };
}

function replaceFirst(text: string, pattern: RegExp, replacement: string): string {
  if (!pattern.test(text)) throw new NotReleasable(`a file does not say its version: ${pattern.source}`);
  return text.replace(pattern, replacement);
}
