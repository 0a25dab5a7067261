import { SECOND_MS } from "../model/time.js";
const DRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10 * SECOND_MS;
const BAR_CELLS = 24;
/** Progress of long work on stderr: a bar with rate and remaining time on a terminal, plain lines elsewhere. */
export function createProgress(options) {
    return new ProgressLine(options);
}
class ProgressLine {
    #options;
    #label = '';
    #startedAt = 0;
    #shownAt = 0;
    #first;
    #drawn = false;
    constructor(options) {
        this.#options = options;
    }
    start(label) {
        this.stop();
        this.#label = label;
        this.#startedAt = this.#options.clock.now();
        this.#shownAt = this.#startedAt;
        this.#first = undefined;
    }
    update(share, count) {
        // A resumed import starts somewhere: its rate counts from there.
        this.#first ??= { share, count };
        const now = this.#options.clock.now();
        const { isTty, quiet } = this.#options;
        if (now - this.#shownAt < (isTty ? DRAW_EVERY_MS : LINE_EVERY_MS) || (quiet && !isTty))
            return;
        this.#shownAt = now;
        this.#show(this.#describe({ share, count }, (now - this.#startedAt) / SECOND_MS));
    }
    note(text) {
        const { isTty, quiet, clock } = this.#options;
        const now = clock.now();
        if (quiet && !isTty)
            return;
        if (!isTty && now - this.#shownAt < LINE_EVERY_MS)
            return;
        this.#shownAt = now;
        this.#show(`${this.#label}: ${text}`);
    }
    stop() {
        if (this.#drawn)
            this.#options.stderr.write('\n');
        this.#drawn = false;
    }
    #show(text) {
        if (!this.#options.isTty) {
            this.#options.stderr.write(`${text}\n`);
            return;
        }
        // Back to the start of the line, and clear what a longer text left behind.
        this.#options.stderr.write(`\r${text}\u001b[K`);
        this.#drawn = true;
    }
    #describe(at, seconds) {
        const { share: firstShare, count: firstCount } = this.#first ?? at;
        const rate = seconds > 0 ? (at.count - firstCount) / seconds : 0;
        const done = at.share - firstShare;
        const left = done > 0 ? formatSeconds(((1 - at.share) / done) * seconds) : '?';
        const percent = `${String(Math.floor(at.share * 100)).padStart(3)} %`;
        const bar = this.#options.isTty ? `${drawBar(at.share)} ` : '';
        const speed = rate > 0 ? `, ${formatCount(Math.round(rate))}/s` : '';
        return `${this.#label} ${bar}${percent}  ${formatCount(at.count)}${speed}, ${left} left`;
    }
}
function drawBar(share) {
    const cells = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS);
    return `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
}
/** 12345 → 12,345, wherever the process runs. */
export function formatCount(value) {
    return value.toLocaleString('en-US');
}
export function formatSeconds(seconds) {
    const whole = Math.ceil(seconds);
    if (whole < 60)
        return `${whole} s`;
    if (whole < 3_600)
        return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
//# sourceMappingURL=progress.js.map