/** One line of `/metrics`. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape said, of all processes that answer on this address. */
export interface Metrics {
  /** Of all series of that name together; undefined where there is none. */
  sum(name: string): number | undefined;
  max(name: string): number | undefined;
  min(name: string): number | undefined;
  /** Values of one label, with the sum of what each has. */
  by(name: string, label: string): ReadonlyMap<string, number>;
  /** The first value of a label. */
  label(name: string, label: string): string | undefined;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gm;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The text format of Prometheus, as far as the engine writes it. */
export function readMetrics(text: string): Metrics {
  const series = new Map<string, Sample[]>();
  for (const [, name = '', labels = '', value = ''] of text.matchAll(LINE)) {
    const samples = series.get(name) ?? [];
    samples.push({ labels: readLabels(labels), value: Number(value) });
    series.set(name, samples);
  }
  const fold = (name: string, join: (a: number, b: number) => number): number | undefined =>
    series
      .get(name)
      ?.map(({ value }) => value)
      .reduce(join);
  return {
    sum: (name) => fold(name, (a, b) => a + b),
    max: (name) => fold(name, (a, b) => Math.max(a, b)),
    min: (name) => fold(name, (a, b) => Math.min(a, b)),
    by(name, label) {
      const sums = new Map<string, number>();
      for (const { labels, value } of series.get(name) ?? []) {
        const key = labels[label] ?? '';
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
      return sums;
    },
    label: (name, label) => series.get(name)?.[0]?.labels[label],
  };
}

function readLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, plainText(value)]),
  );
}

function plainText(text: string): string {
  return text.replace(/\\(.)/g, (_all, character: string) => (character === 'n' ? '\n' : character));
}
