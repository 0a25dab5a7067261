import { type EpochMs, HOUR_MS, MINUTE_MS } from '../model/time.ts';
import { reportMember } from './membership.ts';
import { visitOnline } from './online-visit.ts';
import { rates } from './rates.ts';
import { callService, sendMessage, visitMarketplace, visitMiniProgram } from './remote-contact.ts';
import type { Scene } from './scene.ts';
import { useTablet, visitStore } from './store-visit.ts';
import type { Person } from './world.ts';

/** Somebody comes by, on one of the channels that they use, and what else goes with it. */
export function visit(scene: Scene, person: Person, at: EpochMs): void {
  const { random } = scene;
  reportMember(scene, person, scene.dayStart + 3 * HOUR_MS + random.below(HOUR_MS));
  if (random.chance(rates.getsMessage)) sendMessage(scene, person, at - random.between(5, 90) * MINUTE_MS);
  if (person.kind !== 'test' && random.chance(rates.callsService)) callService(scene, person, at);
  const { web, app, miniProgram, stores, marketplace } = person.uses;
  const weights = rates.visitWeights;
  const kinds: readonly (readonly [number, () => void])[] = [
    [web ? weights.web : 0, () => visitOnWeb(scene, person, at)],
    [app ? weights.app : 0, () => visitOnline(scene, person, { at, by: 'app' })],
    [miniProgram ? weights.miniProgram : 0, () => visitMiniProgram(scene, person, at)],
    [stores ? weights.stores : 0, () => visitStore(scene, person, at)],
    [marketplace ? weights.marketplace : 0, () => visitMarketplace(scene, person, at)],
  ];
  kinds[random.weighted(kinds.map(([weight]) => weight))]?.[1]();
}

/** Testers also try the tablets of a store, under their account. */
function visitOnWeb(scene: Scene, person: Person, at: EpochMs): void {
  const store = person.homeStore;
  const [tablet] = store.tablets;
  if (person.kind === 'test' && tablet !== undefined && scene.random.chance(0.5))
    useTablet(scene, person, { tablet, store, at });
  else visitOnline(scene, person, { at, by: 'web' });
}
