import { Histogram, type Registry } from 'prom-client';

/** Bucket counts of one series; observing is two additions and a short scan. */
export interface DurationSeries {
  observe(seconds: number): void;
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** One count per bound, and the last for everything above. */
  readonly counts: Float64Array;
  sum: number;
}

export interface DurationsOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly bounds: number[];
  readonly registry: Registry;
}

/**
 * A histogram whose series are plain arrays. The library's own `observe` builds a key from the labels at
 * every call, 0.6 to 1 µs, where a whole request costs 17 µs; here labels meet values when somebody scrapes.
 */
export class Durations extends Histogram<string> {
  readonly #bounds: readonly number[];
  readonly #series: Series[] = [];
  readonly #metricName: string;
  readonly #help: string;

  constructor({ name, help, labelNames, bounds, registry }: DurationsOptions) {
    super({ name, help, labelNames, buckets: bounds, registers: [registry] });
    this.#bounds = bounds;
    this.#metricName = name;
    this.#help = help;
  }

  series(labels: Readonly<Record<string, string>>): DurationSeries {
    const bounds = this.#bounds;
    const series: Series = { labels, counts: new Float64Array(bounds.length + 1), sum: 0 };
    this.#series.push(series);
    return {
      observe(seconds) {
        let bucket = 0;
        while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket += 1;
        series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
        series.sum += seconds;
      },
    };
  }

  override async get(): ReturnType<Histogram<string>['get']> {
    const values = this.#series.flatMap((series) => this.#valuesOf(series));
    // The declared type asks for the library's enumeration of kinds, which it does not export as values.
    return {
      name: this.#metricName,
      help: this.#help,
      type: 'histogram',
      values,
      aggregator: 'sum',
    } as unknown as Awaited<ReturnType<Histogram<string>['get']>>;
  }

  /** The registry prefers this form when it writes text. */
  getForPromString(): ReturnType<Histogram<string>['get']> {
    return this.get();
  }

  #valuesOf({ labels, counts, sum }: Series) {
    const name = this.#metricName;
    const bucket = (le: string, value: number) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le },
      value,
    });
    let total = 0;
    const buckets = this.#bounds.map((bound, i) => {
      total += counts[i] ?? 0;
      return bucket(String(bound), total);
    });
    total += counts[this.#bounds.length] ?? 0;
    return [
      ...buckets,
      bucket('+Inf', total),
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}
