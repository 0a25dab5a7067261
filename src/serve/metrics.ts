import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type DurationSeries, Durations } from './durations.ts';

/** A count that only grows. Adding to it is one addition: no labels, no look-up. */
export interface Tally {
  readonly value: number;
  add(count: number): void;
}

/** Conservation (law 6): received = applied + duplicate + quarantined + refused. */
export interface EventTallies {
  readonly received: Tally;
  readonly applied: Tally;
  readonly duplicate: Tally;
  readonly quarantined: Tally;
  readonly refused: Tally;
}

/** Rate, errors and duration of one route. */
export interface RouteMeter {
  observe(status: number, seconds: number): void;
  /** Counts only: the duration of a stream says nothing. */
  count(status: number): void;
}

export interface StageMeter {
  readonly records: Tally;
  readonly errors: Tally;
  /** Observes the seconds that one batch took in this stage. */
  readonly seconds: DurationSeries;
}

/** Read when somebody scrapes; each answers values by label, or one value. */
export interface MetricSources {
  /** Messages or rows that each reader (runner, historian) is behind its log. */
  readerLag(): Readonly<Record<string, number>>;
  logBytes(): number;
  spoolBytes(): number;
  /** Entries by cache. */
  cacheEntries(): Readonly<Record<string, number>>;
}

export interface Metrics {
  readonly events: EventTallies;
  /** Observes the size of a facet of a profile each time it is stored. */
  readonly facetBytes: DurationSeries;
  /** Observes what all facets of a profile take, each time one of them is stored. */
  readonly profileBytes: DurationSeries;
  route(method: string, template: string): RouteMeter;
  stage(name: string): StageMeter;
  /** A counter of the engine by its own name, e.g. the `counter` effects of folds. */
  counter(name: string): Tally;
  /** Connects what is read at scrape time; called once, when the engine stands. */
  observe(sources: MetricSources): void;
  gauge(name: string, help: string, read: () => number): void;
  /** A count that grows elsewhere. */
  total(name: string, help: string, read: () => number): void;
  /** One value by value of a label, whose values must be few. */
  gauges(name: string, help: string, series: GaugeSeries): void;
  render(): Promise<string>;
  readonly contentType: string;
}

export interface GaugeSeries {
  readonly label: string;
  readonly read: () => Readonly<Record<string, number>>;
}

const REQUEST_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZE_BOUNDS = [256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 262_144, 1_048_576];
const STAGE_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * How often the library looks how late the event loop is; its figures hold this interval (`nodejs_eventloop_lag_min_seconds` is
 * about 0.05). At its own 10 ms an idle process spends 3 to 8 ms of CPU per second on it, up to half of all it uses; at 50 ms 1.6 ms.
 */
const LOOP_SAMPLE_MS = 50;

export interface MetricsOptions {
  /** Event loop, heap and collector of the process; off in tests that create many registries. */
  readonly processMetrics: boolean;
  /** Becomes a label of every series, where several processes are scraped as one. */
  readonly process?: string;
}

export function createMetrics({ processMetrics, process }: MetricsOptions): Metrics {
  const registry = new Registry();
  if (process !== undefined) registry.setDefaultLabels({ process });
  if (processMetrics)
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS });
  const requests = tallies(registry, 'tessera_http_requests_total', 'HTTP requests answered.', [
    'method',
    'route',
    'status',
  ]);
  const stages = stageMeters(registry);
  const engine = tallies(registry, 'tessera_engine_total', 'Happenings inside the engine, by name.', [
    'name',
  ]);
  const durations = new Durations({
    name: 'tessera_http_request_duration_seconds',
    help: 'Seconds from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'route'],
    bounds: REQUEST_BOUNDS,
    registry,
  });
  const sizes = new Durations({
    name: 'tessera_facet_bytes',
    help: 'Bytes of a facet of a profile, each time that it is stored; a profile has one facet for each pair of identifiers.',
    labelNames: [],
    bounds: SIZE_BOUNDS,
    registry,
  });
  const profiles = new Durations({
    name: 'tessera_profile_bytes',
    help: 'Bytes of all facets of a profile that are in memory, each time that one of them is stored; profileBytesMax bounds it.',
    labelNames: [],
    bounds: SIZE_BOUNDS,
    registry,
  });
  return {
    events: eventTallies(registry),
    facetBytes: sizes.series({}),
    profileBytes: profiles.series({}),
    route: (method, route) => routeMeter(requests, durations.series({ method, route }), { method, route }),
    stage: stages,
    counter: (name) => engine({ name }),
    observe: (sources) => observeSources(registry, sources),
    gauge: (name, help, read) => registerGauge(registry, { name, help, read }),
    total: (name, help, read) => registerTotal(registry, { name, help, read }),
    gauges: (name, help, series) => registerGauges(registry, { name, help, ...series }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function eventTallies(registry: Registry): EventTallies {
  const tally = (name: string, help: string): Tally =>
    tallies(registry, `tessera_events_${name}_total`, help, [])({});
  return {
    received: tally('received', 'Events read from accepted requests.'),
    applied: tally('applied', 'Events that changed state.'),
    duplicate: tally('duplicate', 'Events that had been applied before.'),
    quarantined: tally('quarantined', 'Events kept with the reason why they could not be applied.'),
    refused: tally('refused', 'Events refused in the response or on applying.'),
  };
}

/** A counter whose series are plain numbers, written into the library's metric when somebody scrapes. */
function tallies(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
): (labels: Labels) => Tally {
  const series = new Map<string, { readonly labels: Labels; readonly tally: PlainTally }>();
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, tally } of series.values()) this.inc(labels, tally.value);
    },
  });
  return (labels) => {
    const key = labelNames.map((label) => labels[label] ?? '').join('\n');
    const known = series.get(key);
    if (known !== undefined) return known.tally;
    const tally = new PlainTally();
    series.set(key, { labels, tally });
    return tally;
  };
}

type Labels = Readonly<Record<string, string>>;

class PlainTally implements Tally {
  value = 0;

  add(count: number): void {
    this.value += count;
  }
}

function stageMeters(registry: Registry): (stage: string) => StageMeter {
  const records = tallies(registry, 'tessera_stage_records_total', 'Records folded, by stage.', ['stage']);
  const errors = tallies(registry, 'tessera_stage_errors_total', 'Batches that failed, by stage.', ['stage']);
  const seconds = new Durations({
    name: 'tessera_stage_batch_seconds',
    help: 'Seconds that one batch took, by stage.',
    labelNames: ['stage'],
    bounds: STAGE_BOUNDS,
    registry,
  });
  return (stage) => ({
    records: records({ stage }),
    errors: errors({ stage }),
    seconds: seconds.series({ stage }),
  });
}

function routeMeter(
  requests: (labels: Labels) => Tally,
  durations: DurationSeries,
  route: Labels,
): RouteMeter {
  // Statuses of a route are few; each gets its tally at its first answer.
  const byStatus = new Map<number, Tally>();
  const count = (status: number): void => {
    let tally = byStatus.get(status);
    if (tally === undefined) {
      tally = requests({ ...route, status: String(status) });
      byStatus.set(status, tally);
    }
    tally.add(1);
  };
  return {
    count,
    observe(status, seconds) {
      count(status);
      durations.observe(seconds);
    },
  };
}

function observeSources(registry: Registry, sources: MetricSources): void {
  registerGauges(registry, {
    name: 'tessera_reader_lag',
    help: 'Messages or rows that a reader is behind.',
    label: 'reader',
    read: () => sources.readerLag(),
  });
  registerGauges(registry, {
    name: 'tessera_cache_entries',
    help: 'Entries in a cache.',
    label: 'cache',
    read: () => sources.cacheEntries(),
  });
  registerGauge(registry, {
    name: 'tessera_log_bytes',
    help: 'Size of the event log.',
    read: () => sources.logBytes(),
  });
  registerGauge(registry, {
    name: 'tessera_spool_bytes',
    help: 'Size of the history spool that is not yet in ClickHouse.',
    read: () => sources.spoolBytes(),
  });
}

interface GaugeOptions<T> {
  readonly name: string;
  readonly help: string;
  readonly read: () => T;
}

function registerGauge(registry: Registry, { name, help, read }: GaugeOptions<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function registerTotal(registry: Registry, { name, help, read }: GaugeOptions<number>): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function registerGauges(
  registry: Registry,
  options: GaugeOptions<Readonly<Record<string, number>>> & { readonly label: string },
): void {
  const { name, help, label, read } = options;
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [key, value] of Object.entries(read())) this.set({ [label]: key }, value);
    },
  });
}
