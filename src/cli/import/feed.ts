import type { FilePosition } from './read-rows.ts';

/** One entry of the side file: what was refused, where it stands in the file, and why. */
export interface Reject {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly group?: string;
  readonly id?: string;
  readonly path?: string;
  readonly quarantine_id?: string;
}

/** How far an import has come: units are rows, or groups in the order in which they are sent. */
export interface ImportPosition extends FilePosition {
  readonly units: number;
}

/** Where events of an import come together; a batch is ready when `full`. */
export interface Feed {
  event(json: string, line: number, group?: string): void;
  reject(reject: Reject): void;
  /** Everything up to here is in the feed: the next unit starts at this place. */
  mark(offset: number, line: number): void;
  readonly full: boolean;
  /** As many units as were asked for have been taken. */
  readonly done: boolean;
  flush(): Promise<void>;
}

/** The units of one file under one map. */
export interface UnitSource {
  /** Time of the newest event; undefined when there is none. Reads the whole file. */
  newest(): Promise<number | undefined>;
  /** Feeds every unit after the position, in a fixed order. */
  run(feed: Feed, from: ImportPosition, shiftMs: number): Promise<void>;
}
