import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/* README.zh-CN.md says what README.md says, in Chinese: what is no prose has to be the same, section by section. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
/** Where each page links to the other one. */
const TWINS = /\[[^\]]+\]\(README(?:\.zh-CN)?\.md\)/g;

interface Section {
  readonly depth: number;
  readonly fences: readonly string[];
  /** Rows and columns of each table. */
  readonly tables: readonly string[];
  readonly links: readonly string[];
  readonly code: readonly string[];
  readonly figures: readonly string[];
  /** Items of lists, and pictures. */
  readonly items: number;
  readonly pictures: number;
}

function sectionsOf(name: string): readonly Section[] {
  const text = readFileSync(`${ROOT}${name}`, 'utf8');
  const fences = [...text.matchAll(FENCE)].map(([whole]) => whole);
  // A fence may hold a line that begins like a heading.
  const bare = text.replaceAll(FENCE, () => '\u0000');
  let next = 0;
  return bare.split(/^(?=#+ )/m).map((part) => {
    const count = part.split('\u0000').length - 1;
    next += count;
    return sectionOf(part.replaceAll('\u0000', ''), fences.slice(next - count, next));
  });
}

function sectionOf(part: string, fences: readonly string[]): Section {
  const prose = part.replaceAll(TWINS, '');
  const found = (pattern: RegExp, text = prose): string[] =>
    [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole).sort();
  const withoutCode = prose.replaceAll(/`[^`]+`/g, ' ');
  return {
    depth: /^#*/.exec(part)?.[0].length ?? 0,
    fences: fences.map(withoutDrawing),
    tables: tablesOf(prose),
    links: found(/(?<!!\[[^\]]*)\]\(([^)]+)\)|<https?:[^>]+>/g),
    code: found(/`[^`]+`/g),
    figures: found(
      /\d[\d,.]*\d|\d/g,
      withoutCode.replaceAll(/\]\([^)]*\)|<[^>]*>/g, ' ').replaceAll(/^\d+\. /gm, ''),
    ),
    items: found(/^(?:\*|\d+\.) /gm).length,
    pictures: found(/!\[[^\]]+\]\(/g).length,
  };
}

/** Of what is drawn, the shape: its words are prose. */
function withoutDrawing(fence: string): string {
  return fence.includes('┌') ? `a drawing of ${fence.split('\n').length} lines` : fence;
}

function tablesOf(text: string): readonly string[] {
  const tables = text.match(/(?:^\|.*\n)+/gm) ?? [];
  return tables.map((table) => {
    const rows = table.trim().split('\n');
    return rows.map((row) => row.replaceAll(/`[^`]*`/g, '').split('|').length).join(' ');
  });
}

const english = sectionsOf('README.md');
const chinese = sectionsOf('README.zh-CN.md');

describe('README.zh-CN.md', () => {
  it('has the headings of README.md, in its order', () => {
    expect(english.length).toBeGreaterThan(15);
    expect(chinese.map(({ depth }) => depth)).toEqual(english.map(({ depth }) => depth));
  });

  it.each(english.map((section, i) => [i, section] as const))(
    'has the commands, tables, links, code and figures of section %i',
    (i, section) => {
      expect(chinese[i]).toEqual(section);
    },
  );

  it('is in Chinese, with pictures in Chinese', () => {
    const text = readFileSync(`${ROOT}README.zh-CN.md`, 'utf8');
    const paragraphs = text
      .replaceAll(FENCE, '')
      .split(/\n\n+/)
      .filter((paragraph) => /[a-z]{3} [a-z]{3}/i.test(paragraph.replaceAll(/`[^`]*`|\([^)]*\)|\*\*/g, '')));
    expect(paragraphs.filter((paragraph) => !/\p{Script=Han}/u.test(paragraph))).toEqual([]);
    const pictures = [...text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path = '']) => path);
    expect(pictures.filter((path) => !path.endsWith('.zh.png') || !existsSync(`${ROOT}${path}`))).toEqual([]);
  });
});
