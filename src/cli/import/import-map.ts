/** An import map as its author writes it (schemas/definitions/import-map.json). */
export interface ImportMap {
  readonly name: string;
  readonly description?: string;
  readonly source: string;
  readonly channel: string;
  readonly format: FileFormat;
  /** IANA zone of times that carry no offset; default UTC. */
  readonly zone?: string;
  readonly time: { readonly column: string; readonly format: string };
  /** Template of the event id; default `<name>-<line>`, or `<name>-<key>` of a group. */
  readonly id?: string;
  readonly group?: { readonly by: string };
  /** Fields that every event gets; an event's own field of the same name wins. */
  readonly identifiers?: FieldSpecs;
  readonly context?: FieldSpecs;
  /** The first one whose `when` holds is what the row or group becomes. */
  readonly events: readonly EventSpec[];
}

export interface FileFormat {
  readonly type: 'csv' | 'tsv' | 'space' | 'ndjson';
  /** Whether the first line names the columns; otherwise `columns` does. */
  readonly header?: boolean;
  readonly columns?: readonly string[];
  /** csv only; default a comma. */
  readonly delimiter?: string;
}

export interface EventSpec {
  readonly type: string;
  readonly when?: RowCondition;
  readonly identifiers?: FieldSpecs;
  readonly properties?: FieldSpecs;
  readonly traits?: FieldSpecs;
  /** By purpose, or `purpose.channel`. */
  readonly consent?: FieldSpecs;
  readonly context?: FieldSpecs;
}

/** Column → what must hold for it; of a group, on every one of its rows. */
export type RowCondition = Readonly<Record<string, RowOperators>>;

export interface RowOperators {
  readonly equals?: string;
  readonly in?: readonly string[];
  readonly starts_with?: string;
  readonly exists?: boolean;
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

export type FieldSpecs = Readonly<Record<string, ValueSpec>>;
export type Scalar = string | number | boolean;

/** A text is a template: `{Column}`, `{$line}`, `{$group}`. Numbers and booleans stand for themselves. */
export type ValueSpec = Scalar | ColumnSpec | SumSpec | LinesSpec;

/** Steps apply in this order: trim, strip_prefix, strip_suffix, case, values, as, absolute. */
export interface ColumnSpec {
  readonly column: string;
  readonly trim?: boolean;
  readonly strip_prefix?: string;
  readonly strip_suffix?: string;
  readonly case?: 'lower' | 'upper';
  readonly values?: Readonly<Record<string, Scalar>>;
  readonly otherwise?: Scalar;
  readonly as?: 'text' | 'integer' | 'number' | 'decimal';
  readonly absolute?: boolean;
  /** A blank refuses the row instead of leaving the field out. */
  readonly required?: boolean;
}

/** The product of the columns, summed over the rows of the group, exactly; written as decimal text. */
export interface SumSpec {
  readonly sum: readonly string[];
  readonly absolute?: boolean;
  /** Round the sum, half away from zero, to so many digits; otherwise all digits stay. */
  readonly round?: number;
}

/** One object per row of the group, in the order of the file. */
export interface LinesSpec {
  readonly lines: FieldSpecs;
}
