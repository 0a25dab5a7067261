import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from '../../src/console/words/en.ts';
import { zh } from '../../src/console/words/zh.ts';
import { type ErrorCode, errorTable } from '../../src/errors.ts';

/** What whoever uses the console never meets, and where it belongs. */
const ELSEWHERE: Readonly<Record<string, readonly ErrorCode[]>> = {
  'keys are made on the command line': [
    ...(['key_not_found', 'key_name_taken', 'key_revoked', 'key_rotating', 'keys_full'] as const),
  ],
  'the console asks no SQL': ['sql_error', 'history_read_only', 'history_session', 'not_supported'],
  'dropped of an event that was taken': [
    ...(['undeclared_field', 'blocked_identifier', 'invalid_identifier'] as const),
    ...(['unknown_identifier_type', 'identifier_not_allowed'] as const),
  ],
  'the engine does not start, or ends': [
    ...(['invalid_config', 'data_directory_locked', 'process_ended', 'unsafe_state_store'] as const),
    ...(['data_format', 'log_corrupt', 'log_misconfigured', 'master_key_unavailable'] as const),
    ...(['key_mismatch', 'chdb_missing'] as const),
  ],
  'backups are made on the command line': [
    ...(['backup_running', 'backup_name_taken', 'backup_elsewhere', 'backup_failed'] as const),
    ...(['backup_unreadable', 'backup_format', 'backup_before_erasure', 'directory_not_empty'] as const),
  ],
  'commands alone say it': [
    ...(['engine_unreachable', 'import_failed', 'generate_failed', 'evaluation_failed'] as const),
    ...(['invalid_map', 'invalid_row'] as const),
  ],
};

/** Where sentences with codes are written. */
const SAYING = [
  ...['triggers/explain.ts', 'triggers/explain-pattern.ts', 'desks/trigger-preview.ts'],
  'desks/event-trace/describe-receipt.ts',
];

describe('what the engine says', () => {
  it('of what went wrong has words in both languages, by its code', () => {
    const elsewhere = new Set<string>(Object.values(ELSEWHERE).flat());
    for (const code of Object.keys(errorTable)) {
      const worded = Object.hasOwn(en.errors, code) && Object.hasOwn(zh.errors, code);
      expect(worded !== elsewhere.has(code), code).toBe(true);
    }
    expect(Object.keys(en.errors).filter((code) => !Object.hasOwn(errorTable, code))).toEqual([]);
  });

  it('is said in English as the engine says it, so that a page knows what of it is nothing new', () => {
    for (const [code, text] of Object.entries(en.errors))
      expect([code, text]).toEqual([code, errorTable[code as ErrorCode][2]]);
  });

  it('about triggers and events has words for every sentence', () => {
    const codes = SAYING.flatMap((path) => {
      const source = readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8');
      const written = [...source.matchAll(/code: '(\w+)'/g)].map(([, code]) => code);
      const chosen = [...source.matchAll(/code: \w+ \? '(\w+)' : '(\w+)'/g)].flatMap(([, ...both]) => both);
      const notes = /const NOTES = \{([\s\S]*?)\n\};/.exec(source)?.[1] ?? '';
      return [...written, ...chosen, ...[...notes.matchAll(/^ {2}(\w+):/gm)].map(([, code]) => code)];
    });
    expect(new Set(codes)).toEqual(new Set(Object.keys(en.sayings)));
  });

  it('of what was asked before a trigger fires has words for every question', () => {
    const source = readFileSync(new URL('../../src/triggers/judge.ts', import.meta.url), 'utf8');
    const asked = [...source.matchAll(/check: '(\w+)'/g)].map(([, check]) => check);
    expect(asked.length).toBeGreaterThan(5);
    for (const check of asked) expect(Object.keys(en.checks)).toContain(check);
  });
});
