import { TesseraError } from "../errors.js";
/** Frame that asks browsers to come back after a second when the connection breaks. */
const OPENING = 'retry: 1000\n: connected\n\n';
const HEARTBEAT = ': \n\n';
/**
 * Everybody who listens to firings. Nobody waits for a listener: what a slow one does not take is buffered up
 * to a bound, and past it the connection is cut, since the client can come back with the id that it saw last.
 */
export class StreamClients {
    #clients = new Set();
    #bounds;
    #cut = 0;
    constructor(bounds) {
        this.#bounds = bounds;
    }
    get size() {
        return this.#clients.size;
    }
    /** How many connections were cut because the client was too slow. */
    get cut() {
        return this.#cut;
    }
    /** Fails with `too_many_requests` when one more client would be too many. */
    assertRoom() {
        if (this.#clients.size >= this.#bounds.clientsMax) {
            throw new TesseraError('too_many_requests', 'Too many clients are listening to streams.');
        }
    }
    /** Sends what was missed, then everything new. Returns the way to leave. */
    add(sink, trigger, backlog) {
        this.assertRoom();
        const client = { sink, trigger };
        this.#clients.add(client);
        const frames = backlog.firings.filter((firing) => wants(client, firing)).map(frameOf);
        sink.write(OPENING + (backlog.gap ? GAP : '') + frames.join(''));
        return () => {
            this.#clients.delete(client);
        };
    }
    publish(firing) {
        let frame;
        for (const client of this.#clients) {
            if (!wants(client, firing))
                continue;
            frame ??= frameOf(firing);
            this.#send(client, frame);
        }
    }
    /** Keeps proxies from closing silent connections, and finds clients that went away without a word. */
    beat() {
        for (const client of this.#clients)
            this.#send(client, HEARTBEAT);
    }
    closeAll() {
        for (const { sink } of this.#clients)
            sink.end();
        this.#clients.clear();
    }
    #send(client, frame) {
        if (client.sink.writableLength > this.#bounds.bufferBytesMax) {
            this.#clients.delete(client);
            this.#cut += 1;
            client.sink.destroy();
            return;
        }
        client.sink.write(frame);
    }
}
/** Says that firings may be missing here: the id to resume from is not remembered any more. */
const GAP = 'event: gap\ndata: {"reason":"the id to resume from is no longer remembered"}\n\n';
function wants(client, firing) {
    return client.trigger === undefined || client.trigger === firing.trigger;
}
function frameOf(firing) {
    return `id: ${firing.id}\nevent: trigger\ndata: ${JSON.stringify(firing)}\n\n`;
}
//# sourceMappingURL=stream-clients.js.map