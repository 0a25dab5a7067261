import { describe, expect, it } from 'vitest';
import { fillSnippet, readSnippets } from '../../src/console/debug/snippets.ts';
import { readSnippet } from '../contract/support/snippet.ts';

const PLACE = { address: 'http://127.0.0.1:8080', key: 'wk_key' };

describe('the snippets that the console offers', () => {
  it('are those of the document, which the contract tests run', () => {
    const snippets = readSnippets();
    expect(snippets.length).toBeGreaterThan(8);
    for (const snippet of snippets) {
      expect(snippet.title).not.toBe('');
      const code = fillSnippet(snippet, PLACE);
      if (snippet.code.includes('WRITE_KEY')) expect(code).toBe(readSnippet(snippet.name, PLACE));
      expect(code).not.toMatch(/WRITE_KEY|cdp\.shop\.example/);
    }
  });
});
