import { limits } from '../limits.ts';
import type { Outcome } from '../model/effect.ts';
import { isJsonObject, parseJson } from '../model/json.ts';
import { nameOfPlace, type RecordPlace } from '../model/record.ts';
import type { Channel } from '../ports/channel.ts';
import type { OutcomeBoard } from '../runner/outcome-board.ts';
import type { AppliedOutcome } from '../runner/record-work.ts';

export interface RemoteOutcomesOptions {
  readonly board: OutcomeBoard;
  readonly channel: Channel;
  /** This node. */
  readonly node: string;
}

const ASK = 'waits';
const ANSWER = 'outcomes';

interface Asked {
  readonly node: string;
  readonly until: number;
}

/**
 * Lets a request on one node wait for an event that another node applies. Who waits tells everybody for which places;
 * who has applied one of them, or does so later, answers. Nothing is kept: a request whose answer is lost runs into its
 * time limit, and its event has been accepted all the same.
 */
export class RemoteOutcomes {
  readonly #options: RemoteOutcomesOptions;
  /** Who waits for a place, by its name. */
  readonly #asked = new Map<string, Asked>();
  #stops: (() => void)[] = [];

  constructor(options: RemoteOutcomesOptions) {
    this.#options = options;
  }

  start(): void {
    const { board, channel, node } = this.#options;
    // Who asks may come later than the outcome: so what was applied of late stays on the board.
    this.#stops = [
      board.announce(),
      channel.subscribe(ASK, (bytes) => this.#hear(bytes)),
      channel.subscribe(`${ANSWER}.${node}`, (bytes) => board.post(readAnswers(bytes))),
    ];
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  announce(): () => void {
    return this.#options.board.announce();
  }

  async outcomesOf(places: readonly RecordPlace[]): Promise<readonly Outcome[]> {
    const { board, channel, node } = this.#options;
    const waiting = board.outcomesOf(places);
    if (board.waiting > 0) channel.publish(ASK, Buffer.from(JSON.stringify({ node, places })));
    return await waiting;
  }

  /** After a commit of this node. */
  post(outcomes: readonly AppliedOutcome[]): void {
    this.#options.board.post(outcomes);
    if (this.#asked.size === 0) return;
    const answers = new Map<string, AppliedOutcome[]>();
    for (const { position, outcome } of outcomes) {
      const applied = { position, outcome };
      const name = nameOfPlace(position);
      const asked = this.#asked.get(name);
      if (asked === undefined) continue;
      this.#asked.delete(name);
      const list = answers.get(asked.node);
      if (list === undefined) answers.set(asked.node, [applied]);
      else list.push(applied);
    }
    for (const [node, list] of answers) this.#answer(node, list);
  }

  #hear(bytes: Uint8Array): void {
    const question = readQuestion(bytes);
    if (question === undefined || question.node === this.#options.node) return;
    const { node, places } = question;
    this.#forget();
    const known: AppliedOutcome[] = [];
    const until = performance.now() + limits.waitAppliedMs;
    for (const position of places) {
      const outcome = this.#options.board.recent(position);
      if (outcome !== undefined) known.push({ position, outcome });
      else if (this.#asked.size < limits.waitersMax) this.#asked.set(nameOfPlace(position), { node, until });
    }
    if (known.length > 0) this.#answer(node, known);
  }

  #answer(node: string, outcomes: readonly AppliedOutcome[]): void {
    this.#options.channel.publish(`${ANSWER}.${node}`, Buffer.from(JSON.stringify(outcomes)));
  }

  /** The map keeps the order in which was asked. */
  #forget(): void {
    const now = performance.now();
    for (const [name, { until }] of this.#asked) {
      if (until > now) return;
      this.#asked.delete(name);
    }
  }
}

interface Question {
  readonly node: string;
  readonly places: readonly RecordPlace[];
}

/** Whoever may publish on the servers can publish here: what no node has said is left alone. */
function readQuestion(bytes: Uint8Array): Question | undefined {
  const said = parseJson(bytes);
  if (!isJsonObject(said)) return undefined;
  const { node, places } = said;
  if (typeof node !== 'string' || !Array.isArray(places)) return undefined;
  const known = places.filter(isPlace);
  return { node, places: known };
}

function readAnswers(bytes: Uint8Array): readonly AppliedOutcome[] {
  const said = parseJson(bytes);
  if (!Array.isArray(said)) return [];
  const answers: AppliedOutcome[] = [];
  for (const answer of said) {
    if (!isJsonObject(answer) || !isPlace(answer.position) || !isJsonObject(answer.outcome)) continue;
    if (typeof answer.outcome.status !== 'string' || !Array.isArray(answer.outcome.firings)) continue;
    // The fields that requests look at are there; the compiler cannot put the type together again.
    answers.push(answer as unknown as AppliedOutcome);
  }
  return answers;
}

function isPlace(value: unknown): value is RecordPlace {
  return isJsonObject(value) && typeof value.seq === 'number' && typeof value.index === 'number';
}
