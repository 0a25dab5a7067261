/** What V8 writes with `--cpu-prof`, as far as it is read here. */
export interface CpuProfile {
  readonly startTime: number;
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** Microseconds by stack: the outermost frame first. */
export type Stacks = ReadonlyMap<string, number>;

export const SEPARATOR = ';';
/** Nothing was to be done then. */
const RESTING = new Set(['(idle)']);
const ROOT = '(root)';

/** The time of each stack within a window of the clock that the profile is stamped with. */
export function foldStacks(
  { startTime, nodes, samples, timeDeltas }: CpuProfile,
  { from, until }: { readonly from: number; readonly until: number },
): Stacks {
  const names = namesOf(nodes);
  const stacks = new Map<string, number>();
  let at = startTime;
  for (const [n, sample] of samples.entries()) {
    const took = timeDeltas[n] ?? 0;
    at += took;
    const stack = names.get(sample) ?? '';
    if (at < from || at > until || stack === '') continue;
    stacks.set(stack, (stacks.get(stack) ?? 0) + took);
  }
  return stacks;
}

/** The whole stack of each node, by its id; of those that rest none. */
function namesOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const names = new Map<number, string>();
  const walk = (node: ProfileNode, above: string): void => {
    const { functionName } = node.callFrame;
    if (RESTING.has(functionName)) return;
    const own = functionName === ROOT ? '' : frameOf(node);
    const stack = above === '' ? own : `${above}${SEPARATOR}${own}`;
    names.set(node.id, stack);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) walk(child, stack);
    }
  };
  const [root] = nodes;
  if (root !== undefined) walk(root, '');
  return names;
}

/** `fold people-stage.js`, `parse (node)`, `pack (msgpackr)`: whose function it is, without where it lies on this machine. */
function frameOf({ callFrame: { functionName, url } }: ProfileNode): string {
  const name = (functionName === '' ? '(anonymous)' : functionName).replaceAll(SEPARATOR, ',');
  if (url === '') return name;
  if (url.startsWith('node:')) return `${name} (node)`;
  const [, dependency] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (dependency !== undefined) return `${name} (${dependency})`;
  const [, file = url] = /\/dist\/(.+)$/.exec(url) ?? [];
  return `${name} ${file}`;
}

/** As other tools read them: a stack and its microseconds on each line. */
export function stacksText(stacks: Stacks): string {
  return [...stacks].map(([stack, us]) => `${stack} ${Math.round(us)}\n`).join('');
}

export interface FrameCost {
  readonly frame: string;
  /** Shares of all time. */
  readonly self: number;
  readonly total: number;
}

/** By the time that a function takes itself, the costliest first. */
export function frameCosts(stacks: Stacks): readonly FrameCost[] {
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  let all = 0;
  for (const [stack, us] of stacks) {
    const frames = stack.split(SEPARATOR);
    all += us;
    const last = frames.at(-1) ?? '';
    self.set(last, (self.get(last) ?? 0) + us);
    for (const frame of new Set(frames)) total.set(frame, (total.get(frame) ?? 0) + us);
  }
  return [...total]
    .map(([frame, us]) => ({ frame, self: (self.get(frame) ?? 0) / all, total: us / all }))
    .sort((a, b) => b.self - a.self);
}
