import type { Readiness } from './services.ts';

/** What the processes that share this one's port say of themselves: whoever asks the port means all of them. */
export interface SharedPort {
  /** Every series of every process, each with the label `process`, as text. */
  metrics(): Promise<string>;
  readiness(): Promise<Readiness>;
}

/** One of them; `undefined` where it was not there to answer. */
export interface ProcessReadiness {
  readonly process: number;
  readonly readiness: Readiness | undefined;
}

const HELP = '# HELP ';

/**
 * Texts of several registries as one: Prometheus wants all series of a metric in one group under one head. Nothing is
 * added up, because a sum falls when one of the processes starts again, and a scraper would take that for a start of all.
 */
export function mergeMetrics(texts: readonly string[]): string {
  const groups = new Map<string, { readonly head: string[]; readonly series: string[] }>();
  for (const text of texts) {
    let group: { readonly head: string[]; readonly series: string[] } | undefined;
    let first = false;
    for (const line of text.split('\n')) {
      if (line.startsWith(HELP)) {
        const name = line.slice(HELP.length, line.indexOf(' ', HELP.length));
        first = !groups.has(name);
        group = groups.get(name) ?? { head: [], series: [] };
        groups.set(name, group);
      }
      if (line === '') continue;
      if (!line.startsWith('#')) group?.series.push(line);
      else if (first) group?.head.push(line);
    }
  }
  const blocks = [...groups.values()].map(({ head, series }) => [...head, ...series].join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

/**
 * Ready when all that are there are: a process that starts again takes no connections, and so keeps nobody from being
 * served. Lags add up, and a reason that several give is given once.
 */
export function mergeReadiness(processes: readonly ProcessReadiness[]): Readiness {
  const reasons = new Set<string>();
  const lag: Record<string, number> = {};
  let there = 0;
  let ready = 0;
  for (const { process, readiness } of processes) {
    if (readiness === undefined) {
      reasons.add(`process ${process} does not answer now`);
      continue;
    }
    there += 1;
    if (readiness.ok) ready += 1;
    for (const reason of readiness.reasons) reasons.add(reason);
    for (const [reader, behind] of Object.entries(readiness.lag)) lag[reader] = (lag[reader] ?? 0) + behind;
  }
  return { ok: there > 0 && ready === there, reasons: [...reasons], lag };
}
