import { SECOND_MS } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';

export interface ProgressOptions {
  readonly stderr: { write(text: string): unknown };
  /** A bar that is drawn again and again; otherwise a line now and then. */
  readonly isTty: boolean;
  /** Says nothing when it cannot draw: for `--json` in scripts. */
  readonly quiet: boolean;
  readonly clock: Clock;
}

export interface Progress {
  /** A new piece of work starts: rate and remaining time start over. */
  start(label: string): void;
  /** `share` of the work, 0 to 1, and how many things that is so far. */
  update(share: number, count: number): void;
  /** Something worth knowing while waiting, such as an engine that does not answer. */
  note(text: string): void;
  /** The work is over, well or not: leaves the line of the bar. */
  stop(): void;
}

const DRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10 * SECOND_MS;
const BAR_CELLS = 24;

/** Progress of long work on stderr: a bar with rate and remaining time on a terminal, plain lines elsewhere. */
export function createProgress(options: ProgressOptions): Progress {
  return new ProgressLine(options);
}

class ProgressLine implements Progress {
  readonly #options: ProgressOptions;
  #label = '';
  #startedAt = 0;
  #shownAt = 0;
  #first: { readonly share: number; readonly count: number } | undefined;
  #drawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  start(label: string): void {
    this.stop();
    this.#label = label;
    this.#startedAt = this.#options.clock.now();
    this.#shownAt = this.#startedAt;
    this.#first = undefined;
  }

  update(share: number, count: number): void {
    // A resumed import starts somewhere: its rate counts from there.
    this.#first ??= { share, count };
    const now = this.#options.clock.now();
    const { isTty, quiet } = this.#options;
    if (now - this.#shownAt < (isTty ? DRAW_EVERY_MS : LINE_EVERY_MS) || (quiet && !isTty)) return;
    this.#shownAt = now;
    this.#show(this.#describe({ share, count }, (now - this.#startedAt) / SECOND_MS));
  }

  note(text: string): void {
    const { isTty, quiet, clock } = this.#options;
    const now = clock.now();
    if (quiet && !isTty) return;
    if (!isTty && now - this.#shownAt < LINE_EVERY_MS) return;
    this.#shownAt = now;
    this.#show(`${this.#label}: ${text}`);
  }

  stop(): void {
    if (this.#drawn) this.#options.stderr.write('\n');
    this.#drawn = false;
  }

  #show(text: string): void {
    if (!this.#options.isTty) {
      this.#options.stderr.write(`${text}\n`);
      return;
    }
    // Back to the start of the line, and clear what a longer text left behind.
    this.#options.stderr.write(`\r${text}\u001b[K`);
    this.#drawn = true;
  }

  #describe(at: { readonly share: number; readonly count: number }, seconds: number): string {
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

function drawBar(share: number): string {
  const cells = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS);
  return `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
}

/** 12345 → 12,345, wherever the process runs. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
