import { isJsonObject } from "../../model/json.js";
/** The counts once a batch is acknowledged. A batch without events was never sent. */
export function addSettled(counts, batch, delivered) {
    const events = batch.lines.length;
    const refused = delivered?.answer.refusals.length ?? 0;
    return {
        events: counts.events + events,
        accepted: counts.accepted + events - refused,
        rejected_rows: counts.rejected_rows + batch.rejects.length,
        rejected_events: counts.rejected_events + refused,
        resent: counts.resent + ((delivered?.tries ?? 1) > 1 ? events : 0),
        outcomes: addOutcomes(counts.outcomes, delivered?.answer.outcomes),
    };
}
/** Entries of the side file: what failed here, then what the engine refused, each with its line. */
export function rejectsOf(batch, delivered) {
    const refusals = delivered?.answer.refusals ?? [];
    return refusals.length === 0
        ? batch.rejects
        : batch.rejects.concat(refusals.map((refusal) => listed(refusal, batch)));
}
function listed(refusal, batch) {
    const index = refusal.index ?? indexOfId(batch, refusal.id);
    const group = batch.groups[index];
    return {
        line: batch.lines[index] ?? 0,
        code: refusal.code,
        message: refusal.message,
        ...(group === undefined ? {} : { group }),
        ...(refusal.id === undefined ? {} : { id: refusal.id }),
        ...(refusal.path === undefined ? {} : { path: refusal.path }),
        ...(refusal.quarantineId === undefined ? {} : { quarantine_id: refusal.quarantineId }),
    };
}
/** Results name their event by its id alone; this is rare enough to read the batch again. */
function indexOfId(batch, id) {
    return batch.body.split('\n').findIndex((line) => {
        if (line === '')
            return false;
        // Our own line, written as one JSON object.
        const event = JSON.parse(line);
        return isJsonObject(event) && event.id === id;
    });
}
function addOutcomes(a, b) {
    if (b === undefined)
        return a;
    return {
        applied: a.applied + b.applied,
        duplicate: a.duplicate + b.duplicate,
        quarantined: a.quarantined + b.quarantined,
        refused: a.refused + b.refused,
    };
}
//# sourceMappingURL=settlement.js.map