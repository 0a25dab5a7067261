import { drawChart } from './charts.ts';
import { escapeHtml, escapeMarkdown } from './escape.ts';
import type { QualityPaper, Section } from './sections.ts';

export function markdownOf({ title, sections }: QualityPaper): string {
  return `# ${escapeMarkdown(title)}\n\n${sections.map(markdownSection).join('\n')}`;
}

function markdownSection({ title, lines, table }: Section): string {
  const text = lines.map((line) => `${escapeMarkdown(line)}\n`).join('\n');
  if (table === undefined) return `## ${escapeMarkdown(title)}\n\n${text}`;
  const row = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |\n`;
  const rule = `|${' --- |'.repeat(table.columns.length)}\n`;
  return `## ${escapeMarkdown(title)}\n\n${text}\n${row(table.columns)}${rule}${table.rows.map(row).join('')}`;
}

/** Readable in light and in dark; text has a contrast of 7 : 1 at least, bars of 3 : 1. */
const STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1c1c1e; --quiet: #48484e; --line: #c9c9d1; --bar: #3a6ea5; --mark: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --back: #16171a; --text: #ededf0; --quiet: #c2c2ca; --line: #45464d; --bar: #6ea3dc; --mark: #ff8a80 }
}
body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; overflow-wrap: anywhere }
th { color: var(--quiet); font-weight: 600 }
svg { height: auto; margin: .5rem 0 1rem; max-width: 100% } svg text { fill: var(--text); font: 12px system-ui, sans-serif }
svg .note { fill: var(--quiet) } svg .bar { fill: var(--bar) } svg .target { stroke: var(--mark); stroke-width: 2 }
`;

/** One file that needs nothing else, and may load nothing else. */
export function htmlOf({ title, sections }: QualityPaper): string {
  return (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n` +
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n' +
    `<title>${escapeHtml(title)}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<h1>${escapeHtml(title)}</h1>\n` +
    `${sections.map(htmlSection).join('')}</body>\n</html>\n`
  );
}

function htmlSection({ title, lines, table, chart }: Section): string {
  const text = lines.map((line) => `<p>${escapeHtml(line)}</p>\n`).join('');
  const drawn = chart === undefined ? '' : `${drawChart(chart)}\n`;
  return `<h2>${escapeHtml(title)}</h2>\n${text}${drawn}${table === undefined ? '' : htmlTable(table)}`;
}

function htmlTable({ columns, rows }: NonNullable<Section['table']>): string {
  const row = (cells: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>\n`;
  return `<table>\n${row(columns, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>\n`;
}
