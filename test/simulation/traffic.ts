import type { Event } from '../../src/model/event.ts';
import type { CommandRecord, IdentityCommand } from '../../src/model/record.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { DEFINITION_SETS, definitionsRecord, keyOf, makeEvent, sourceOf } from './events.ts';
import type { PlantedBug } from './planted-bugs.ts';
import { createRandom, type Random } from './random.ts';
import { IDENTITY, PARTITIONS, PEOPLE } from './replica.ts';
import { type Worker, World } from './world.ts';

/** One run: some dozens of events and commands among people who share devices, and every fault between any two steps. */
const STEPS = 560;
const EVENTS = 26;
/** Together less than the seven days for which a repeat is recognized. */
const LEAPS = 12;
const ROUNDS = 300;
const ERASES = 0.02;
/** From this seed on people are erased in the worlds; those before are as they were without. */
export const ERASING_FROM = 1_000_000;
const NAMES = [
  ['d1', 'd2', 'a1', 'p1', 'u1', 'u2'],
  ['d1', 'a1', 'a2', 'p1', 'p2', 'u1'],
  ['d1', 'a1', 'p1', 'p2', 'p3', 'u1'],
] as const;

export async function runWorld(seed: number, bug?: PlantedBug): Promise<World> {
  const traffic = new Traffic(seed, bug);
  const { world } = traffic;
  await traffic.begin();
  for (let step = 0; step < STEPS; step++) {
    world.clock.advance(world.random.below(50));
    if (!traffic.act(world.random.next())) await traffic.goOn();
  }
  await comeToRest(world);
  countChanges(world);
  countExits(world);
  countDecisions(world);
  return world;
}

export class Traffic {
  readonly world: World;
  readonly #names: readonly string[];
  readonly #hasTriggers: boolean;
  readonly #erases: boolean;
  #sent = 0;
  #kept = 0;
  #leaps = 0;
  #definitions = 0;

  constructor(seed: number, bug?: PlantedBug) {
    this.world = new World(createRandom(seed), bug);
    this.#names = NAMES[seed % NAMES.length] ?? NAMES[0];
    this.#hasTriggers = seed % 2 === 0;
    this.#erases = seed >= ERASING_FROM || bug?.erases === true;
  }

  /** An engine takes events once the first definitions are in force everywhere. */
  async begin(): Promise<void> {
    const { world } = this;
    world.command(definitionsRecord(0, this.#hasTriggers));
    world.faulty = false;
    await goQuiet(world);
    world.faulty = true;
  }

  /** Does what the dice say besides letting the workers go on; answers whether it did anything. */
  act(dice: number): boolean {
    const { random } = this.world;
    let from = 0;
    for (const [weight, action] of this.#actions) {
      from += weight;
      if (dice < from) {
        action(random);
        return true;
      }
    }
    if (this.#erases && dice < from + ERASES) {
      this.world.erasures.act(this.#key(random));
      return true;
    }
    return false;
  }

  /** Someone goes on until the next port call: mostly one who has something to do, and mostly the one who leads. */
  async goOn(): Promise<void> {
    const { world } = this;
    const { random } = world;
    if (random.chance(0.18)) return await world.desk.advance();
    for (let tries = 0; ; tries++) {
      const [leader, zombie] = world.workersOf(random.pick(PARTITIONS));
      const worker = random.chance(0.85) ? leader : zombie;
      if (worker !== undefined && (!worker.idle || tries === 3)) return await world.advance(worker);
    }
  }

  nextEvent(): Event {
    const { random, clock } = this.world;
    const directive = random.pick([undefined, undefined, undefined, 'signed_in', 'signed_out'] as const);
    const names = combination(this.#names, ++this.#sent, random);
    // Some events lie weeks apart, so that identity is told of people who come back.
    const at = clock.now() + random.below(3) * 8 * DAY_MS;
    const points = 1 + random.below(1_000);
    return makeEvent({ id: `e${this.#sent}`, names, at, points, ...(directive && { directive }) });
  }

  readonly #actions: readonly (readonly [number, (random: Random) => void])[] = [
    [0.055, () => this.#event()],
    [0.03, (random) => this.#resend(random)],
    [0.03, () => this.world.retry()],
    [0.06, (random) => this.world.flush(random.pick(PARTITIONS))],
    [0.004, (random) => this.#command({ type: 'split', identifier: this.#key(random) })],
    [
      0.003,
      (random) => this.#command({ type: 'merge', identifiers: [this.#key(random), this.#key(random)] }),
    ],
    [0.002, (random) => this.#decide(random)],
    [0.002, (random) => this.#define(random)],
    [0.012, (random) => this.world.rollback(random.pick(PARTITIONS))],
    [0.015, (random) => this.world.crash(random.pick(this.world.workers))],
    [0.01, (random) => this.world.crashLog(random.pick(PARTITIONS))],
    [0.01, (random) => this.world.changeLeader(random.pick(PARTITIONS))],
    [0.003, () => this.world.desk.crash()],
    [0.005, () => this.world.desk.changeLeader()],
    [0.005, (random) => this.world.trim(random.pick(PARTITIONS))],
    [0.02, (random) => this.world.look(random.pick(PEOPLE))],
    [0.01, (random) => this.#leap(random)],
    [0.004, (random) => this.#bad(random)],
  ];

  #event(): void {
    if (this.#sent < EVENTS) this.world.send(this.nextEvent());
  }

  #resend(random: Random): void {
    const { acked } = this.world;
    if (acked.size === 0) return;
    this.world.count('resend');
    this.world.send(random.pick([...acked.values()]));
  }

  /** An event that ingest keeps with its reason. */
  #bad(random: Random): void {
    const { world } = this;
    world.count('bad event');
    const id = `q${++this.#kept}`;
    const receivedAt = world.clock.now() - random.below(3) * 30_000;
    const reason = { code: 'schema_violation', path: '/properties', message: 'simulated' };
    world.keep(random.pick(PEOPLE), {
      kind: 'quarantine',
      ...{ id, source: sourceOf(id), receivedAt, sealed: 'v1.' },
      ...reason,
    });
  }

  #command(command: IdentityCommand): void {
    this.world.count(command.type);
    this.world.command({ kind: 'command', author: 'sim', command } satisfies CommandRecord);
  }

  #decide(random: Random): void {
    const decision = random.pick(['approve', 'reject'] as const);
    this.#command({ type: 'decide', review: 1 + random.below(2), decision, note: '' });
  }

  #define(random: Random): void {
    this.#definitions += 1 + random.below(DEFINITION_SETS - 1);
    this.world.count('definitions');
    this.world.command(definitionsRecord(this.#definitions, this.#hasTriggers));
  }

  #leap(random: Random): void {
    if (this.#leaps >= LEAPS) return;
    this.#leaps += 1;
    this.world.clock.advance(random.below(12) * HOUR_MS);
  }

  #key(random: Random): string {
    return keyOf(random.pick(this.#names));
  }
}

/** First single events of one or few identifiers, then combinations that link them. */
function combination(names: readonly string[], sent: number, random: Random): string[] {
  const share = sent < 9 ? 0 : (1 + random.below(2)) / 5;
  const chosen = names.filter(() => random.chance(share));
  return chosen.length > 0 ? chosen : [random.pick(names)];
}

/** No more faults: whoever stalled in the middle of something tries to finish it, and the leaders finish everything. */
async function comeToRest(world: World): Promise<void> {
  world.faulty = false;
  for (const worker of world.workers) {
    if (world.random.chance(0.3)) world.crash(worker);
    else await finishStep(world, worker);
  }
  for (const partition of PARTITIONS) world.wake(partition);
  await goQuiet(world);
  await world.erasures.finish(() => goQuiet(world));
  if (!(await world.desk.finish())) world.failures.push('history does not come to rest');
}

async function goQuiet(world: World): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    world.retry();
    for (const partition of PARTITIONS) {
      world.flush(partition);
      const [leader] = world.workersOf(partition);
      if (leader !== undefined && !leader.idle) await finishStep(world, leader);
    }
    if (isQuiet(world)) for (const partition of PEOPLE) world.look(partition);
    if (isQuiet(world)) return;
  }
  world.failures.push('the world does not come to rest');
}

async function finishStep(world: World, worker: Worker): Promise<void> {
  do await world.advance(worker);
  while (worker.gate.waiting);
}

function isQuiet(world: World): boolean {
  return (
    world.unanswered === 0 &&
    PARTITIONS.every(
      (partition) =>
        !world.log(partition).waiting &&
        world.workersOf(partition)[0]?.idle === true &&
        (world.store.checkpoint(partition)?.seq ?? 0) === world.log(partition).stats().lastSeq &&
        world.store.scan(partition, 'x/', '', 1).length === 0,
    )
  );
}

/** Segments that were left, for whatever reason: an alarm that never rang proves nothing. */
function countExits(world: World): void {
  for (const partition of PEOPLE)
    for (const row of world.historyOf(partition))
      if (row.startsWith('segment_changes\t') && row.includes('"left"')) world.count('segment left');
}

/** What triggers decided, by event and by time: a deferral that was never released proves nothing. */
function countDecisions(world: World): void {
  for (const partition of PEOPLE)
    for (const row of world.historyOf(partition)) {
      if (!row.startsWith('decisions\t')) continue;
      const values = JSON.parse(row.slice('decisions\t'.length)) as unknown[];
      world.count(`${String(values[5])} ${String(values[7])}`);
    }
}

const CHANGES: Readonly<Record<string, string>> = {
  split: 'unmerged',
  closed: 'closed',
  yielded: 'yielded',
  shared: 'shared',
};

/** What identity did, by its history: a fault or a move that never happened proves nothing. */
function countChanges(world: World): void {
  for (const row of world.historyOf(IDENTITY)) {
    const [table, line = ''] = row.split('\t');
    const change =
      table === 'identity_changes' ? CHANGES[String((JSON.parse(line) as unknown[])[4])] : undefined;
    const name = table === 'merges' ? 'merged' : change;
    if (name !== undefined) world.count(name);
  }
}
