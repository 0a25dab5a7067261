import { describe, expect, it } from 'vitest';
import { paperOf } from '../../src/cli/quality-report/sections.ts';
import { htmlOf, markdownOf } from '../../src/cli/quality-report/write-paper.ts';
import { registerReport } from '../../src/cli/report.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { exampleQuality } from '../../src/serve/quality-examples.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const run = (args: readonly string[], answers: readonly Answer[]) =>
  runAgainst(answers, registerReport, ['report', ...args]);
const report = exampleQuality.report as JsonObject;

/** What people and programs have put into names. */
const NAUGHTY = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '&lt;b&gt;&amp;',
  '](javascript:alert(1))',
  '| cell | <b>',
  'line\nbreak\r# heading\u2028x',
  '`code` **bold** _it_ ~~no~~ ![i](https://evil.example/x.png)',
  'https://evil.example www.evil.example',
  '\u202Eevil\u0007\u001b[31m',
  '\ud800 lone',
  '张三 😀 ï̈',
];

/** The report with this text wherever a name of somebody else stands. */
function spoiled(value: unknown, text: string): unknown {
  if (Array.isArray(value)) return value.map((each) => spoiled(each, text));
  if (typeof value !== 'object' || value === null) return value;
  const names = [
    'source',
    'channel',
    'type',
    'property',
    'field',
    'name',
    'subject',
    'reason',
    'code',
    'promotion',
  ];
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      names.includes(key) && typeof each === 'string' ? text : spoiled(each, text),
    ]),
  );
}

describe('tessera report quality', () => {
  it('asks for the day before unless a day or a stretch is given', async () => {
    const { asked, out } = await run(['quality', '--markdown'], [[200, exampleQuality]]);
    expect(asked).toEqual(['GET /v1/analytics/quality?day=yesterday&format=json']);
    expect(out).toContain('# Quality of data, 2026-11-20 18:00 to 2026-11-21 18:00 (Asia/Shanghai)');
    expect(out).toContain('| source\\_silent | source tills 2026-11-21 14:00 | 0 | 812 |');
    expect(out).toContain('93.1 % of the expected fields are there; the target is 80.0 %.');
    expect((await run(['quality', '--day', '2026-11-21', '--html'], [[200, exampleQuality]])).asked).toEqual([
      'GET /v1/analytics/quality?day=2026-11-21&format=json',
    ]);
    const json = await run(['quality', '--from', '2026-11-20', '--json'], [[200, exampleQuality]]);
    expect(json.asked).toEqual(['GET /v1/analytics/quality?from=2026-11-20&format=json']);
    expect(JSON.parse(json.out)).toEqual(exampleQuality);
  });

  it('is the only report that becomes a page', async () => {
    await expect(run(['rfm', '--html'], [])).rejects.toThrow();
  });

  it('is a page of its own: no script, no other host, charts that have a name', () => {
    const page = htmlOf(paperOf(report));
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|url\(|@import|https?:/i);
    expect(page).toContain("default-src 'none'");
    expect(page.match(/<svg /g)?.length).toBe(3);
    expect(page.match(/role="img" aria-label="/g)?.length).toBe(3);
    expect(tagsOf(page)).toEqual([]);
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('can be read in light and in dark', () => {
    const [light, dark] = [...htmlOf(paperOf(report)).matchAll(/:root \{([^}]*)\}/g)].map(([, text = '']) =>
      Object.fromEntries(
        [...text.matchAll(/--(\w+): (#\w+)/g)].map(([, name, color]) => [name, color ?? '']),
      ),
    );
    for (const colors of [light, dark]) {
      const against = (name: string): number => contrast(colors?.[name] ?? '', colors?.back ?? '');
      expect(against('text')).toBeGreaterThan(7);
      expect(against('quiet')).toBeGreaterThan(7);
      expect(against('bar')).toBeGreaterThan(3);
      expect(against('mark')).toBeGreaterThan(3);
    }
  });

  it.each(NAUGHTY)('writes %j as a text and nothing else', (text) => {
    // The example, with other names.
    const bad = paperOf(spoiled(report, text) as JsonObject);
    const page = htmlOf(bad);
    expect(tagsOf(page)).toEqual([]);
    expect(page).not.toMatch(/<script|<img|<b>|<[^>]*\son\w+=/i);
    expect(page).not.toMatch(/[^\P{Cc}\n]|\u202E|\u2028/u);
    const plain = markdownOf(bad);
    const tables = plain.split('\n').filter((line) => line.startsWith('|'));
    const widths = (line: string): number => line.match(/(?<!\\)\|/g)?.length ?? 0;
    const heads = new Set(
      tables.filter((line) => /^\| (alert|field|hour|channel|name|source) /.test(line)).map(widths),
    );
    expect(
      tables.every((line) => widths(line) > 2 && (heads.has(widths(line)) || line.includes('---'))),
    ).toBe(true);
    expect(plain).not.toMatch(/<script|<img|<b>|(?<!\\)\]\(|\n# heading|https?:|www\./);
    expect(`${plain}${page}`).not.toMatch(/\p{Cs}/u);
  });

  it('says so where there is nothing', () => {
    const page = htmlOf(paperOf({}));
    expect(page).toContain('Nothing is worth an alert.');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(markdownOf(paperOf({ from: 1, to: 2, events: 0 }))).toContain('no share of the expected fields');
  });
});

/** Elements that are not closed in their turn. */
function tagsOf(page: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const alone = new Set(['meta', '!doctype', 'rect', 'line']);
  for (const [, end, name = ''] of page.matchAll(/<(\/?)([!\w]+)[^>]*>/g)) {
    if (alone.has(name)) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

/** As WCAG 2 has it. */
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const full = color.length === 4 ? color.replace(/\w/g, '$&$&') : color;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
