import type { GeneratedItem } from '../../../generate/outbox.ts';
import { visit } from '../../../generate/visit.ts';
import type { JsonObject } from '../../../model/json.ts';
import { MINUTE_MS } from '../../../model/time.ts';
import type { Stage } from '../stage.ts';
import { anybody, type Story } from '../story.ts';

/** A visit of the generated world takes minutes to hours; here it takes seconds. */
const HASTE = 25;
const SHORTEST_MS = 300;
const LONGEST_MS = 4_000;

/** What shoppers do most: look around, sign in, buy or leave, on any of their channels. */
export const comeBy: Story = {
  name: 'come by',
  weight: 0.5,
  who: anybody,
  async tell(stage, person) {
    const items = stage.imagine((scene) => visit(scene, person, stage.now()));
    const told = new Map<number, JsonObject>();
    let before = items[0]?.arrivesAt ?? 0;
    for (const item of items) {
      const waited = Math.min(Math.max((item.arrivesAt - before) / HASTE, SHORTEST_MS), LONGEST_MS);
      before = item.arrivesAt;
      await stage.pause(waited / 2, waited);
      // What a client sends again is what it sent before, to the letter.
      const event = told.get(item.number) ?? happeningNow(stage, item);
      told.set(item.number, event);
      await (item.publicKey ? stage.tell(event) : stage.report(event));
    }
  },
};

/** As late as it was in the generated world: a till that was offline still is. */
function happeningNow(stage: Stage, { event, arrivesAt }: GeneratedItem): JsonObject {
  const late = arrivesAt - Date.parse(String(event.time));
  const at = late > MINUTE_MS ? stage.now() - late : stage.now();
  return { ...event, id: stage.serial('e'), time: new Date(at).toISOString() };
}
