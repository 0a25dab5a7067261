import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { Durations } from "./durations.js";
const REQUEST_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STAGE_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
export function createMetrics({ processMetrics }) {
    const registry = new Registry();
    if (processMetrics)
        collectDefaultMetrics({ register: registry });
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
    return {
        events: eventTallies(registry),
        route: (method, route) => routeMeter(requests, durations.series({ method, route }), { method, route }),
        stage: stages,
        counter: (name) => engine({ name }),
        observe: (sources) => observeSources(registry, sources),
        gauge: (name, help, read) => registerGauge(registry, { name, help, read }),
        render: () => registry.metrics(),
        contentType: registry.contentType,
    };
}
function eventTallies(registry) {
    const tally = (name, help) => tallies(registry, `tessera_events_${name}_total`, help, [])({});
    return {
        received: tally('received', 'Events read from accepted requests.'),
        applied: tally('applied', 'Events that changed state.'),
        duplicate: tally('duplicate', 'Events that had been applied before.'),
        quarantined: tally('quarantined', 'Events kept with the reason why they could not be applied.'),
        refused: tally('refused', 'Events refused in the response or on applying.'),
    };
}
/** A counter whose series are plain numbers, written into the library's metric when somebody scrapes. */
function tallies(registry, name, help, labelNames) {
    const series = new Map();
    new Counter({
        name,
        help,
        labelNames,
        registers: [registry],
        collect() {
            this.reset();
            for (const { labels, tally } of series.values())
                this.inc(labels, tally.value);
        },
    });
    return (labels) => {
        const key = labelNames.map((label) => labels[label] ?? '').join('\n');
        const known = series.get(key);
        if (known !== undefined)
            return known.tally;
        const tally = new PlainTally();
        series.set(key, { labels, tally });
        return tally;
    };
}
class PlainTally {
    value = 0;
    add(count) {
        this.value += count;
    }
}
function stageMeters(registry) {
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
function routeMeter(requests, durations, route) {
    // Statuses of a route are few; each gets its tally at its first answer.
    const byStatus = new Map();
    const count = (status) => {
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
function observeSources(registry, sources) {
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
function registerGauge(registry, { name, help, read }) {
    new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
            this.set(read());
        },
    });
}
function registerGauges(registry, options) {
    const { name, help, label, read } = options;
    new Gauge({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
            this.reset();
            for (const [key, value] of Object.entries(read()))
                this.set({ [label]: key }, value);
        },
    });
}
//# sourceMappingURL=metrics.js.map