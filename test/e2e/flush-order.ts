/*
 * Reads a trace of system calls (strace -f -y) and tells whether each acknowledgement came after a flush of its own.
 *
 * A call that takes long is two lines, "<unfinished ...>" and "<... resumed>": it has begun with the first and has
 * completed only with the second. Between two acknowledgements there must be, on the data file, first an fdatasync that
 * began and completed there with 0, then a completed write of the meta page through the descriptor opened O_DSYNC.
 */

/** One completed system call; `begin` and `end` are lines of the trace. */
export interface Call {
  readonly name: string;
  readonly text: string;
  readonly begin: number;
  readonly end: number;
  readonly result: string;
}

export interface FlushOrder {
  readonly acks: number;
  /** Acknowledgements without a flush of their own. */
  readonly violations: readonly string[];
  /** Flushes of the data file that were tried after one had failed. */
  readonly flushesAfterFailure: number;
}

const LINE = /^(\d+)\s+(.*)$/;

export function readFlushOrder(trace: string, dataFile: string): FlushOrder {
  const calls = parseCalls(trace);
  const synchronous = synchronousDescriptors(calls, dataFile);
  const acks = calls.filter((call) => call.name === 'write' && call.text.includes('"ack '));
  const flushes = calls.filter((call) => isFlush(call) && call.text.includes(`<${dataFile}>`));
  const metaWrites = calls.filter(
    (call) =>
      call.name === 'pwrite64' && synchronous.some((descriptor) => call.text.includes(`(${descriptor}<`)),
  );
  const violations: string[] = [];
  let previous = -1;
  for (const ack of acks) {
    const flush = flushes.find((call) => succeeded(call) && call.begin > previous && call.end < ack.begin);
    const meta = metaWrites.find(
      (call) => flush !== undefined && call.begin > flush.end && call.end < ack.begin,
    );
    if (meta === undefined) violations.push(ack.text);
    previous = ack.end;
  }
  const failed = flushes.findIndex((call) => !succeeded(call));
  const flushesAfterFailure = failed === -1 ? 0 : flushes.length - failed - 1;
  return { acks: acks.length, violations, flushesAfterFailure };
}

function isFlush(call: Call): boolean {
  return call.name === 'fdatasync' || call.name === 'fsync' || call.name === 'msync';
}

function succeeded(call: Call): boolean {
  return call.result === '0';
}

function synchronousDescriptors(calls: readonly Call[], dataFile: string): readonly string[] {
  const opened = calls.filter((call) => call.name === 'openat' && call.text.includes(`"${dataFile}"`));
  return opened
    .filter((call) => call.text.includes('O_DSYNC'))
    .map((call) => /^\d+/.exec(call.result)?.[0] ?? 'none');
}

/** Completed calls, in the order in which they began. */
export function parseCalls(trace: string): readonly Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { readonly text: string; readonly begin: number }>();
  for (const [number, line] of trace.split('\n').entries()) {
    const [, thread, rest] = LINE.exec(line) ?? [];
    if (thread === undefined || rest === undefined) continue;
    const cut = rest.indexOf(' <unfinished ...>');
    if (cut >= 0) {
      unfinished.set(thread, { text: rest.slice(0, cut), begin: number });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const start = resumed === null ? { text: rest, begin: number } : unfinished.get(thread);
    if (start === undefined) continue;
    const text = resumed === null ? rest : start.text + (resumed[1] ?? '');
    const name = /^(\w+)\(/.exec(text)?.[1];
    const result = /\)\s+= (\S+)[^=]*$/.exec(text)?.[1];
    if (name !== undefined && result !== undefined) {
      calls.push({ name, text, begin: start.begin, end: number, result: result.replace(/<.*$/, '') });
    }
  }
  return calls.sort((one, other) => one.begin - other.begin);
}
