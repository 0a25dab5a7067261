import { limits } from '../limits.ts';
import { isJsonObject, parseJson } from '../model/json.ts';
import type { Interaction } from '../model/recommendation.ts';
import type { Channel } from '../ports/channel.ts';
import { readInteraction } from '../recommend/interactions.ts';
import type { Gap } from './log-gaps.ts';

/** What a stretch of a partition's log has taught, each with the message that it comes from; absent: history knows. */
export interface Told extends Gap {
  readonly taught?: readonly (readonly [seq: number, interaction: Interaction])[];
}

export interface InteractionFeedOptions {
  /** Absent where there is only this node. */
  readonly channel: Channel | undefined;
  /** This node. */
  readonly node: string;
  readonly onTold: (told: Told) => void;
}

const TOPIC = 'interactions';

/** What commits teach, from this process and from the other nodes. A message that is lost shows in the next one's stretch. */
export class InteractionFeed {
  readonly #options: InteractionFeedOptions;
  /** Of each partition that this process works on: since when nothing was taught, and up to where. */
  readonly #silent = new Map<number, { readonly from: number; readonly upTo: number }>();
  #stop: (() => void) | undefined;

  constructor(options: InteractionFeedOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stop ??= this.#options.channel?.subscribe(TOPIC, (bytes) => this.#hear(bytes));
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** After each commit, whether it taught anything or not: stretches without are told with the next one that did. */
  tell({ partition, after, upTo, taught }: Required<Told>): void {
    const silent = this.#silent.get(partition);
    const from = silent?.upTo === after ? silent.from : after;
    this.#silent.set(partition, { from: taught.length === 0 ? from : upTo, upTo });
    if (taught.length === 0) return;
    const told: Told = { partition, after: from, upTo, taught };
    this.#options.onTold(told);
    const { channel, node } = this.#options;
    if (channel === undefined) return;
    const small = taught.length <= limits.interactionsToldMax ? { taught } : {};
    const message = { node, partition, after: from, upTo, ...small };
    channel.publish(TOPIC, Buffer.from(JSON.stringify(message)));
  }

  #hear(bytes: Uint8Array): void {
    const told = readTold(bytes, this.#options.node);
    if (told !== undefined) this.#options.onTold(told);
  }
}

/** Whoever may publish on the servers can publish here: what no node has said is left alone, and so is what this one has. */
function readTold(bytes: Uint8Array, self: string): Told | undefined {
  const said = parseJson(bytes);
  if (!isJsonObject(said) || said.node === self) return undefined;
  const { partition, after, upTo, taught } = said;
  if (typeof partition !== 'number' || typeof after !== 'number' || typeof upTo !== 'number')
    return undefined;
  const stretch = { partition, after, upTo };
  if (!Array.isArray(taught)) return stretch;
  const read: [number, Interaction][] = [];
  for (const entry of taught) {
    const [seq, each] = Array.isArray(entry) ? entry : [];
    const interaction = readInteraction(each);
    if (typeof seq === 'number' && interaction !== undefined) read.push([seq, interaction]);
  }
  return { ...stretch, taught: read };
}
