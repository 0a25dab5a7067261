import { quarantineRow } from "./model/history-rows.js";
/**
 * The work that one record causes: its own fold and, in the fused form, the folds of the messages that it
 * sends. One object per runner, begun anew for each record, so that an event costs no closures.
 */
export class RecordWork {
    view;
    partition;
    now = 0;
    position = { seq: 0, index: 0 };
    raw;
    #options;
    #batch;
    #queue = [];
    #emitted = [];
    #ordinal = 0;
    constructor(options) {
        this.#options = options;
        this.view = options.cache;
        this.partition = options.partitionNumber;
    }
    begin(batch, start) {
        this.#batch = batch;
        this.#queue = [];
        this.#emitted = [];
        this.#ordinal = 0;
        this.now = start.now;
        this.position = start.position;
        this.raw = start.raw;
    }
    push(record) {
        this.#queue.push(record);
    }
    next() {
        return this.#queue.shift();
    }
    /** False when the fold threw: the record is poison, and what it changed must be dropped. */
    fold(record) {
        let outcome;
        try {
            outcome = this.#options.stage.fold(record, this);
        }
        catch (error) {
            this.failure = error;
            return false;
        }
        if (outcome !== undefined)
            this.#batch?.outcomes.push({ position: this.position, outcome });
        if (this.#emitted.length > 0) {
            // Depth first: a move is finished before the event that caused it arrives.
            this.#queue = [...this.#emitted, ...this.#queue];
            this.#emitted = [];
        }
        return true;
    }
    /** What the last failed fold threw, for the log of the process. */
    failure;
    /** Keeps a poison record with its reason instead of folding it. */
    quarantine(record) {
        const event = record.kind === 'event' || record.kind === 'routed' ? record.event : undefined;
        const id = `q-${this.partition}-${this.position.seq}-${this.position.index}`;
        const code = 'internal';
        this.history(quarantineRow({
            id,
            source: event?.source ?? 'engine',
            receivedAt: event?.receivedAt ?? this.now,
            code,
            path: '',
            message: 'Folding this record failed.',
            // Canonical events hold personal values only as ciphertext.
            sealed: this.raw ?? JSON.stringify(record),
        }, this.cause(), event?.id));
        this.#batch?.outcomes.push({
            position: this.position,
            outcome: { status: 'quarantined', code, profileId: '', firings: [] },
        });
    }
    toIdentity = (body) => {
        const routes = this.#options.routes;
        if (routes === undefined)
            this.#emitted.push({ kind: 'message', from: '', n: 0, body });
        else
            this.#send(routes.identity, body);
    };
    toProfile = (profile, body) => {
        const routes = this.#options.routes;
        if (routes === undefined)
            this.#emitted.push({ kind: 'message', from: '', n: 0, body });
        else
            this.#send(routes.profile(profile), body);
    };
    effect = (effect) => {
        this.#batch?.effects.push(effect);
    };
    history = (row) => {
        this.#batch?.rows.push(row);
    };
    cause = () => {
        const { seq, index } = this.position;
        return { partition: this.partition, seq, index, ordinal: this.#ordinal++ };
    };
    #send(destination, body) {
        const batch = this.#batch;
        if (batch === undefined)
            return;
        const n = (batch.given[destination] ?? 0) + 1;
        batch.given[destination] = n;
        const bytes = this.#options.encode({ kind: 'message', from: this.#options.partition, n, body });
        batch.sent.push({ destination, n, bytes });
    }
}
//# sourceMappingURL=record-work.js.map