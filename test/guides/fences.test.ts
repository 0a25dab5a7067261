import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimOf, claims, guides } from './support/claims.ts';
import { allPages, fencesOf, ROOT } from './support/pages.ts';

/* Every block of code on every page is run by a test, or is listed with the reason why not: `support/claims.ts`. */
const pages = allPages();
const fences = pages.flatMap(fencesOf);

describe('blocks of code in the documentation', () => {
  it('are all claimed', () => {
    expect(fences.length).toBeGreaterThan(250);
    const unclaimed = fences.filter((fence) => claimOf(fence) === undefined);
    expect(unclaimed.map(({ page, line, language }) => `${page}:${line} ${language}`)).toEqual([]);
  });

  it('name their language', () => {
    const silent = fences.filter(({ language, page }) => language === '' && page !== 'src/README.md');
    expect(silent.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  });

  it('are claimed by what names their page, and by nothing that has no block any more', () => {
    const used = new Set(fences.map(claimOf));
    const idle = claims.filter((claim) => !used.has(claim));
    expect(idle.map(({ page, holding = '' }) => `${page} ${holding}`)).toEqual([]);
    for (const { page, by, because } of claims) {
      expect([page, by === undefined]).toEqual([page, because !== undefined]);
      if (by === undefined || guides.some((guide) => guide === page)) continue;
      expect([page, readFileSync(join(ROOT, by), 'utf8').includes(basename(page))]).toEqual([page, true]);
    }
  });
});

describe('links in the documentation', () => {
  const anchors = new Map<string, ReadonlySet<string>>();
  const anchorsOf = (path: string): ReadonlySet<string> => {
    const known = anchors.get(path) ?? new Set(headingsOf(readFileSync(path, 'utf8')).map(anchorOf));
    anchors.set(path, known);
    return known;
  };

  it.each(pages)('of %s lead to what is there', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
    const wrong = [...text.matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)].filter(([, path = '', anchor]) => {
      if (path.includes(':')) return false;
      const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
    });
    expect(wrong.map(([link]) => `${relative('.', page)}: ${link}`)).toEqual([]);
  });
});

function headingsOf(text: string): readonly string[] {
  return [...text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) => heading,
  );
}

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}
