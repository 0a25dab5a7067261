import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT, readText, unknownSettings } from './settings.ts';

/** Instructions with their lines put together, without comments. */
const instructions = readText('Dockerfile')
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ({ name: line.split(' ')[0] ?? '', text: line.slice(line.indexOf(' ') + 1) }));
const of = (name: string): readonly string[] =>
  instructions.filter((each) => each.name === name).map(({ text }) => text);

describe('the Dockerfile', () => {
  const stages = of('FROM').map((text) => text.split(' AS '));

  it('builds on stages that come before, and ends with the small image', () => {
    const known = new Set<string | undefined>();
    for (const [base, name] of stages) {
      if (!base?.includes(':')) expect(known).toContain(base);
      known.add(name);
    }
    expect(stages.at(-1)?.[1]).toBe('production');
    for (const text of of('COPY')) {
      const from = /--from=(\S+)/.exec(text)?.[1];
      if (from !== undefined) expect(known).toContain(from);
    }
  });

  it('copies what is there and what is sent to the builder', () => {
    const sent = readText('.dockerignore').match(/^!(.+)$/gm) ?? [];
    for (const text of of('COPY').filter((each) => !each.startsWith('--from'))) {
      for (const path of text.split(' ').slice(0, -1)) {
        expect(existsSync(`${ROOT}${path}`), path).toBe(true);
        expect(sent).toContain(`!${path}`);
      }
    }
  });

  it('sets settings that there are, and owns the places that they name', () => {
    const set = new Map(
      of('ENV').flatMap((text) =>
        text
          .trim()
          .split(/\s+/)
          .map((pair) => pair.split('=') as [string, string]),
      ),
    );
    expect(unknownSettings(set.keys())).toEqual([]);
    for (const name of ['TESSERA_DATA_DIR', 'TESSERA_ERASURES_FILE', 'TESSERA_BACKUP_DIR']) {
      const place = /^\/\w+/.exec(set.get(name) ?? '')?.[0];
      expect(of('VOLUME'), name).toContain(place);
      expect(of('RUN').join('\n')).toMatch(new RegExp(`chown node:node .*${place}\\b`));
    }
  });

  it('runs without rights, says whether it is well, and is told to stop as the engine expects it', () => {
    expect(of('USER')).toEqual(['node']);
    expect(of('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(of('HEALTHCHECK').join()).toContain("'/healthz'");
    expect(of('ENTRYPOINT')).toEqual(['["node", "dist/main.js"]']);
  });

  it('runs scripts of the package alone', () => {
    const { scripts } = JSON.parse(readText('package.json'));
    for (const [, name] of of('RUN')
      .join('\n')
      .matchAll(/npm run (?:--silent )?([\w:]+)/g)) {
      expect(scripts).toHaveProperty(name ?? '');
    }
  });
});
