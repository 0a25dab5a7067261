import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPack } from '../../src/definitions/definitions-pack.ts';
import { browsingStories } from './browsing-stories.ts';
import { cartStories } from './cart-stories.ts';
import { dayStories } from './day-stories.ts';
import { relationStories } from './relation-stories.ts';
import { serviceStories } from './service-stories.ts';
import type { Story } from './story.ts';
import type { ToldDecision } from './story-engine.ts';
import { type Telling, tellStories } from './tell-stories.ts';
import { wishStories } from './wish-stories.ts';

const RETAIL = fileURLToPath(new URL('../../deploy/retail', import.meta.url));
const stories: readonly Story[] = [
  ...cartStories,
  ...browsingStories,
  ...wishStories,
  ...dayStories,
  ...relationStories,
  ...serviceStories,
];

/** The pack as it is shipped, with the quiet hours in force that it suggests. */
function packWithQuietHours(): ReturnType<typeof loadPack> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-stories-'));
  cpSync(RETAIL, directory, { recursive: true });
  const path = join(directory, 'messaging.yaml');
  const shipped = readFileSync(path, 'utf8');
  writeFileSync(path, shipped.replace('# quiet_hours:', 'quiet_hours:'));
  const pack = loadPack(directory, 'CNY');
  rmSync(directory, { recursive: true });
  return pack;
}

function shortly({ trigger, decision, reason }: ToldDecision): string {
  return `${trigger} ${reason === '' ? decision : reason}`;
}

describe('the stories of the retail pack', () => {
  const pack = packWithQuietHours();
  let through: Telling;
  let restarted: Telling;

  beforeAll(async () => {
    const begun = performance.now();
    through = await tellStories(stories, { pack, restarting: false });
    const told = performance.now();
    restarted = await tellStories(stories, { pack, restarting: true });
    const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
    console.log(
      `stories: told in ${seconds(told - begun)} s, with ${restarted.restarts} restarts in ${seconds(performance.now() - told)} s`,
    );
  }, 300_000);

  it('have the quiet hours in force that the pack suggests', () => {
    expect(pack.messaging?.quiet_hours).toMatchObject({ from: '22:00', to: '08:00' });
  });

  for (const story of stories) {
    it(story.name, () => {
      const told = Object.fromEntries(
        Object.keys(story.people).map((who) => [who, (through.decisions.get(who) ?? []).map(shortly)]),
      );
      expect(told).toEqual(story.told);
      for (const [place, payload] of Object.entries(story.payloads ?? {})) {
        const [who = '', trigger] = place.split(' ');
        const fired = through.decisions.get(who)?.find((each) => each.trigger === trigger);
        expect(fired?.payload, place).toMatchObject(payload);
      }
    });

    it(`the same with a restart in every gap: ${story.name}`, () => {
      for (const who of Object.keys(story.people))
        expect(restarted.decisions.get(who)?.map(wholly), who).toEqual(
          through.decisions.get(who)?.map(wholly),
        );
    });
  }
});

/** Ids too, but for the profile's, which is another one in every telling; so are those of what time alone brought about. */
function wholly({ trigger, decision, reason, channel, payload }: ToldDecision): object {
  return { trigger, decision, reason, channel, payload };
}
