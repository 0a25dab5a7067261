import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A block of code on a page. */
export interface Fence {
  readonly page: string;
  readonly line: number;
  /** Empty where the page names none. */
  readonly language: string;
  readonly text: string;
}

/** Every page that people read, by its path. */
export function allPages(): readonly string[] {
  const isPage = (name: string): boolean => name.endsWith('.md') && !name.includes('node_modules');
  const below = ['docs', 'deploy', 'src', 'benchmarks'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  return [...readdirSync(ROOT), ...below].filter(isPage).sort();
}

export function fencesOf(page: string): readonly Fence[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map(
    ({ index, 1: indent = '', 2: language = '', 3: block = '' }) => ({
      page,
      line: text.slice(0, index).split('\n').length,
      language,
      text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}
