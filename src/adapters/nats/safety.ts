export interface SafetySettings {
  /** Copies of each stream that the deployment asks for. */
  readonly replicas: number;
  /** The operator's word that the servers run with `sync_interval: always`: they tell no client. */
  readonly syncAlways: boolean;
}

/** What a server says of itself when it greets; a `NatsLink` has it. */
export interface Greeted {
  readonly connection: { readonly info?: { readonly version: string; readonly cluster?: string } };
}

/** What an acknowledged event survives. */
export interface Safety {
  readonly against: 'process crash' | 'power loss';
  /** One sentence for the log at start. */
  readonly reason: string;
}

/** The first version that flushes before it acknowledges, when it is told to. */
const SYNC_ALWAYS_SINCE = [2, 10] as const;

/**
 * What the log on these servers is safe against. A server that does not flush survives being killed, because what it
 * wrote is in the kernel; when the power goes, the last two minutes are lost. Copies on several servers help against
 * the loss of one machine, never against all of them losing power at once, which is how it usually happens.
 */
export function describeSafety(link: Greeted, { replicas, syncAlways }: SafetySettings): Safety {
  const { version = 'of unknown version', cluster } = link.connection.info ?? {};
  const server = `nats-server ${version}`;
  const copies =
    replicas >= 3 && cluster !== undefined
      ? `${replicas} copies of each stream also survive the loss of power or disk of ${Math.floor((replicas - 1) / 2)} of their servers at a time, not of more at once`
      : 'each stream is on the disk of one server only';
  if (syncAlways && isAtLeast(version, SYNC_ALWAYS_SINCE)) {
    return { against: 'power loss', reason: `${server} is said to flush before it acknowledges; ${copies}.` };
  }
  const why = syncAlways
    ? `${server} cannot flush before it acknowledges (2.10 can)`
    : `${server} acknowledges what is not flushed yet, unless it runs with sync_interval: always`;
  return { against: 'process crash', reason: `${why}; ${copies}.` };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
