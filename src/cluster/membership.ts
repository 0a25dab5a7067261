import { limits } from '../limits.ts';
import { hash53 } from '../model/hash.ts';
import { isJsonObject, parseJson } from '../model/json.ts';
import { ROLES, type Role } from '../model/role.ts';
import type { Channel } from '../ports/channel.ts';

export interface Member {
  readonly id: string;
  readonly roles: readonly Role[];
}

export interface MembershipOptions {
  /** Undefined where a node is alone by construction. */
  readonly channel: Channel | undefined;
  readonly self: Member;
  readonly onChange: () => void;
}

const TOPIC = 'members';

/**
 * Which nodes are there. Each says so twice a second and is taken for gone when it has been silent for two seconds, or
 * says good-bye. Two nodes may differ about that for a moment, and both work on a partition: then one of them loses its
 * commits, because a commit compares the checkpoint. So this decides only who does the work, never what is right.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #seen = new Map<string, { readonly member: Member; at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Nodes that have the role, this one included if it has, in order of their ids. */
  withRole(role: Role): readonly string[] {
    const ids = [...this.#seen.values()]
      .filter(({ member }) => member.roles.includes(role))
      .map(({ member }) => member.id);
    const { self } = this.#options;
    if (self.roles.includes(role)) ids.push(self.id);
    return ids.sort();
  }

  /** Listens long enough to know who is there. Idempotent. */
  async start(): Promise<void> {
    const { channel } = this.#options;
    if (channel === undefined || this.#timer !== undefined) return;
    this.#unsubscribe = channel.subscribe(TOPIC, (bytes) => this.#hear(bytes));
    const beat = (): void => {
      this.#say(false);
      this.#expire();
    };
    beat();
    this.#timer = setInterval(beat, limits.heartbeatMs).unref();
    await new Promise((resolve) => setTimeout(resolve, limits.heartbeatMs * 2));
  }

  /** Says good-bye, so that others take over at once. */
  leave(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#unsubscribe?.();
    this.#say(true);
  }

  #say(leaving: boolean): void {
    const { channel, self } = this.#options;
    channel?.publish(TOPIC, Buffer.from(JSON.stringify({ ...self, leaving })));
  }

  #hear(bytes: Uint8Array): void {
    const said = readMember(bytes);
    if (said === undefined || said.member.id === this.#options.self.id) return;
    const { member, leaving } = said;
    const known = this.#seen.get(member.id);
    if (leaving) {
      if (this.#seen.delete(member.id)) this.#options.onChange();
      return;
    }
    if (known !== undefined) {
      known.at = performance.now();
      return;
    }
    if (this.#seen.size >= limits.nodesMax) return;
    this.#seen.set(member.id, { member, at: performance.now() });
    // The new one learns of this one at once.
    this.#say(false);
    this.#options.onChange();
  }

  #expire(): void {
    const oldest = performance.now() - limits.memberSilentMs;
    let changed = false;
    for (const [id, { at }] of this.#seen) {
      if (at >= oldest) continue;
      this.#seen.delete(id);
      changed = true;
    }
    if (changed) this.#options.onChange();
  }
}

/** What somebody said; undefined where it is no member: another program, or another version, on the same subject. */
function readMember(bytes: Uint8Array): { readonly member: Member; readonly leaving: boolean } | undefined {
  const said = parseJson(bytes);
  if (!isJsonObject(said)) return undefined;
  const { id, roles, leaving } = said;
  if (typeof id !== 'string' || !Array.isArray(roles)) return undefined;
  return { member: { id, roles: ROLES.filter((role) => roles.includes(role)) }, leaving: leaving === true };
}

/**
 * Whose a partition is: the node with the highest hash of both names (rendezvous hashing; Thaler and Ravishankar, 1998).
 * A node that joins or leaves moves only what it gets or had.
 */
export function ownerOf(partition: string, nodes: readonly string[]): string | undefined {
  let best: string | undefined;
  let highest = -1;
  for (const node of nodes) {
    const weight = hash53(`${node}/${partition}`);
    if (weight <= highest) continue;
    highest = weight;
    best = node;
  }
  return best;
}
