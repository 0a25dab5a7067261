import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const folder = new URL('src/triggers/', root);

/** Reasons as the code of triggers writes them. */
function reasonsInCode(): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const text = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  const found = text.matchAll(
    /(?:reason|refusal)\??: (?:readonly )?'([a-z_]+)'|\? '(already_deferred|too_large)'|\?\? '([a-z_]+_deferred)'/g,
  );
  return [...new Set([...found].map(([, ...names]) => names.find((name) => name !== undefined) ?? ''))];
}

describe('the guide to triggers', () => {
  it('explains every reason that a decision can have', () => {
    const guide = readFileSync(new URL('docs/triggers.md', root), 'utf8');
    const reasons = reasonsInCode();
    expect(reasons).toEqual(
      expect.arrayContaining(['kind', 'no_consent', 'cooldown', 'quiet_hours', 'too_many_deferred']),
    );
    for (const reason of [
      ...reasons,
      'guard:NAME',
      'cap:trigger',
      'cap:group',
      'cap:channel',
      'cap:overall',
      'cap:customer',
    ])
      expect(guide, reason).toContain(`\`${reason}\``);
  });
});
