import { TesseraError } from "../../errors.js";
import { limits } from "../../limits.js";
import { SECOND_MS } from "../../model/time.js";
import { Batcher } from "./batcher.js";
import { Delivery } from "./delivery.js";
import { EngineClient } from "./engine-client.js";
import { compileEventBuilder } from "./event-builder.js";
import { createGroupSource } from "./group-source.js";
import { openInput } from "./input.js";
import { Journal } from "./journal.js";
import { loadMap } from "./load-map.js";
import { readHeader } from "./read-rows.js";
import { checkRebaseTarget, rebaseShift } from "./rebase.js";
import { compileRowParser } from "./row-parser.js";
import { createRowSource } from "./row-source.js";
import { addSettled, rejectsOf } from "./settlement.js";
/**
 * Reads the file, turns it into events and sends them, as fast as the engine takes them and with memory that
 * does not grow with the file. Resolves when everything has been sent and the engine has applied it.
 *
 * Interrupted, it leaves a progress file, and the same call goes on after the last acknowledged prefix. Ids of
 * events come from the file, so what is sent twice is recognized. Fails with `import_failed`, `invalid_map`,
 * `invalid_parameter`, `unauthorized` or `forbidden`.
 */
export async function runImport(options) {
    const startedAt = options.clock.now();
    const client = clientOf(options);
    let source;
    try {
        const work = await prepare(options);
        const before = work.journal.counts.events;
        source = createSource(work);
        await startSource(work, source);
        await send(work, source.units, client);
        await work.journal.finish();
        return summarize(work, { events: before, at: startedAt });
    }
    finally {
        options.progress.stop();
        await client.stop();
        await source?.groups?.close();
    }
}
async function prepare(options) {
    if (options.rebaseTo !== undefined)
        checkRebaseTarget(options.rebaseTo);
    const loaded = await loadMap(options.map);
    const input = await openInput(options.file);
    const { columns, first } = await readHeader(input, loaded.map.format);
    const builder = compileEventBuilder(loaded.map, columns);
    const share = { value: 0 };
    const rows = {
        input,
        format: loaded.map.format,
        parse: compileRowParser(loaded.map.format, builder.columns),
        from: first,
        onShare: (value) => {
            share.value = value;
        },
    };
    const journal = await openJournal(options, { loaded, input, first });
    return { options, loaded, input, builder, rows, journal, share };
}
function openJournal(options, work) {
    const identity = {
        file: work.input.identity,
        map: work.loaded.hash,
        url: options.url,
        rebase_to: options.rebaseTo ?? null,
    };
    return Journal.open({
        path: progressPathOf(options),
        rejectsPath: rejectsPathOf(options),
        identity,
        restart: options.restart === true,
    }, { ...work.first, units: 0 });
}
function clientOf(options) {
    if (options.key === undefined) {
        throw new TesseraError('unauthorized', 'There is no key: give a secret key by --key or TESSERA_SECRET_KEY.');
    }
    return new EngineClient({
        url: options.url,
        key: options.key,
        clock: options.clock,
        delay: options.delay,
        onRetry: (reason, tries) => options.progress.note(`waiting for the engine (${reason}), try ${tries} of ${limits.importRetriesMax + 1}`),
    });
}
function createSource(work) {
    const { builder, rows, journal, options, share } = work;
    if (builder.key === undefined)
        return { units: createRowSource(builder, rows), groups: undefined };
    const groups = createGroupSource({
        builder,
        rows: { ...rows, onShare: (value) => options.progress.update(value, 0) },
        temporaryPrefix: progressPathOf(options),
        groupBytesMax: options.groupBytesMax ?? limits.importGroupBytesMax,
        // An import that goes on has listed them before it was interrupted.
        onReject: (reject) => (journal.resumed ? undefined : journal.list(reject)),
        onShare: (value) => {
            share.value = value;
        },
    });
    return { units: groups, groups };
}
/** What has to be known before the first event: which rows belong together, and by how much times move. */
async function startSource(work, source) {
    const { options, journal } = work;
    if (source.groups !== undefined) {
        options.progress.start('Grouping');
        await source.groups.collect();
    }
    if (journal.resumed)
        return;
    if (options.rebaseTo === undefined)
        return journal.begin(0);
    options.progress.start('Looking for the newest event');
    const newest = await source.units.newest();
    journal.begin(newest === undefined ? 0 : rebaseShift(options.rebaseTo, newest, options.clock.now()));
}
async function send(work, units, client) {
    const { options, journal, share } = work;
    const waitAlways = options.countOutcomes === true;
    options.progress.start('Importing');
    const delivery = new Delivery({
        client,
        onSettled: (batch, delivered) => {
            settle(journal, batch, delivered);
            options.progress.update(share.value, journal.counts.events);
        },
    });
    const batcher = new Batcher({
        from: journal.position,
        unitsMax: options.limit ?? Number.POSITIVE_INFINITY,
        deliver: async (batch) => {
            await delivery.submit(batch, waitAlways);
            if (journal.behind)
                await journal.idle();
        },
    });
    await units.run(batcher, journal.position, journal.shiftMs);
    // The engine applies in the order of its log, so when the last batch is applied, all of them are.
    const last = await batcher.finish();
    await delivery.drain();
    await delivery.submit(last, true);
    await delivery.drain();
}
function settle(journal, batch, delivered) {
    journal.settle(batch.position, addSettled(journal.counts, batch, delivered), rejectsOf(batch, delivered));
}
function summarize(work, since) {
    const { options, journal, loaded } = work;
    const { counts } = journal;
    const seconds = (options.clock.now() - since.at) / SECOND_MS;
    const rejected = counts.rejected_rows + counts.rejected_events > 0;
    return {
        file: options.file,
        map: loaded.map.name,
        units: journal.position.units,
        events: counts.events,
        accepted: counts.accepted,
        rejected_rows: counts.rejected_rows,
        rejected_events: counts.rejected_events,
        rejects_file: rejected ? rejectsPathOf(options) : null,
        resent: counts.resent,
        outcomes: { ...counts.outcomes, of: options.countOutcomes === true ? 'all' : 'last_batch' },
        resumed: journal.resumed,
        shift_ms: journal.shiftMs,
        seconds,
        events_per_second: seconds > 0 ? Math.round((counts.events - since.events) / seconds) : 0,
    };
}
function progressPathOf(options) {
    return options.progressPath ?? `${options.file}.progress.json`;
}
function rejectsPathOf(options) {
    return options.rejectsPath ?? `${options.file}.rejected.ndjson`;
}
//# sourceMappingURL=run.js.map