import type { Clock } from '../ports/clock.ts';

/** What a command needs of the process; `main.ts` fills it from the configuration and the real streams. */
export interface CliContext {
  /** Secret key from the configuration; a command's `--key` wins. */
  readonly key: string | undefined;
  /** Write key from the configuration, for commands that act like a public client; `--write-key` wins. */
  readonly writeKey?: string | undefined;
  /** Address of the running engine; a command's `--url` wins. */
  readonly url: string;
  readonly stdout: {
    /** False when the reader is slower: `drain` tells when it has caught up. */
    write(text: string): unknown;
    once?(event: 'drain', listener: () => void): unknown;
  };
  readonly stderr: { write(text: string): unknown };
  /** Whether stderr is a terminal: only there a progress bar is drawn. */
  readonly isTty: boolean;
  readonly clock: Clock;
  /** The exit code of the process once it has nothing left to do. */
  setExitCode(code: number): void;
}
