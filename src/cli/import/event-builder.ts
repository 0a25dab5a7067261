import { TesseraError } from '../../errors.ts';
import type { EpochMs } from '../../model/time.ts';
import { compileConsent } from './consent-fields.ts';
import type { EventSpec, FieldSpecs, ImportMap } from './import-map.ts';
import { quoteJson } from './json-text.ts';
import { compileRowCondition, type RowTest } from './row-condition.ts';
import { compileTimeFormat } from './time-format.ts';
import { type Columns, compileFields, compileTemplate, type Row, type Unit, type Writer } from './writers.ts';
import { compileZone } from './zone.ts';

/** A map compiled against the columns of one file. */
export interface EventBuilder {
  /** Paths of the columns that the map reads: what a record of ndjson is reduced to. */
  readonly columns: readonly string[];
  /** Index of the column that groups rows; undefined where each row is an event. */
  readonly key: number | undefined;
  /** Fails with `invalid_time`. */
  timeOf(unit: Unit): EpochMs;
  /** The event as one line of JSON. Fails with a code that says what is wrong with the row. */
  build(unit: Unit, shiftMs: number): string;
  /** Values on which the rows of a group agree. Fails with `invalid_row` where they differ. */
  agree(rows: readonly Row[]): Row;
}

interface EventPlan {
  readonly applies: RowTest;
  readonly head: string;
  readonly sections: readonly { readonly name: string; readonly write: Writer }[];
}

/** `names` are the columns of the file; undefined for ndjson, where the map names what it reads. */
export function compileEventBuilder(map: ImportMap, names: readonly string[] | undefined): EventBuilder {
  const table = new ColumnTable(names);
  const time = table.line.index(map.time.column, '/time/column');
  const parseTime = compileTimeFormat(map.time.format, compileZone(map.zone ?? 'UTC'));
  const key = map.group === undefined ? undefined : table.index(map.group.by, '/group/by');
  const plans = map.events.map((spec, at) =>
    compileEvent(map, spec, { columns: table, path: `/events/${at}` }),
  );
  const id = compileTemplate(map.id ?? defaultId(map), table, '/id');
  const timeOf = (unit: Unit): EpochMs => {
    let earliest = Number.POSITIVE_INFINITY;
    for (const row of unit.rows) earliest = Math.min(earliest, parseTime(row[time]!));
    return earliest;
  };
  return {
    columns: table.names,
    key,
    timeOf,
    agree: (rows) => agreedRow(rows, table),
    build: (unit, shiftMs) => {
      const plan = planFor(plans, unit);
      const text = id(unit.row, unit);
      if (text === undefined)
        throw new TesseraError('invalid_row', 'A column of the event id is blank.', { path: '/id' });
      return buildEvent(plan, unit, `{"id":"${text}","time":${timeOf(unit) + shiftMs}`);
    },
  };
}

function defaultId(map: ImportMap): string {
  return map.group === undefined ? `${map.name}-{$line}` : `${map.name}-{$group}`;
}

function planFor(plans: readonly EventPlan[], unit: Unit): EventPlan {
  for (const plan of plans) if (plan.applies(unit.rows)) return plan;
  throw new TesseraError('invalid_row', 'No event of the map applies: see its `when` conditions.', {
    path: '/events',
  });
}

function buildEvent(plan: EventPlan, unit: Unit, start: string): string {
  let text = start + plan.head;
  for (const section of plan.sections) {
    const value = section.write(unit.row, unit);
    if (value !== undefined) text += section.name + value;
  }
  return `${text}}`;
}

function compileEvent(
  map: ImportMap,
  spec: EventSpec,
  place: { readonly columns: Columns; readonly path: string },
): EventPlan {
  const { columns, path } = place;
  const fields: Readonly<Record<string, FieldSpecs>> = {
    identifiers: { ...map.identifiers, ...spec.identifiers },
    properties: spec.properties ?? {},
    traits: spec.traits ?? {},
    consent: spec.consent ?? {},
    context: { ...map.context, ...spec.context },
  };
  return {
    applies: compileRowCondition(spec.when, columns, `${path}/when`),
    head: `,"type":${quoteJson(spec.type)},"source":${quoteJson(map.source)},"channel":${quoteJson(map.channel)}`,
    sections: Object.entries(fields)
      .filter(([, specs]) => Object.keys(specs).length > 0)
      .map(([name, specs]) => ({
        name: `,"${name}":`,
        write: (name === 'consent' ? compileConsent : compileFields)(specs, columns, `${path}/${name}`),
      })),
  };
}

/** A value of a group is what its rows say; blanks say nothing, two different values cannot both be true. */
function agreedRow(rows: readonly Row[], table: ColumnTable): Row {
  const first = rows[0];
  if (first === undefined || rows.length === 1) return first ?? [];
  const agreed = [...first];
  for (const index of table.shared) {
    for (const row of rows) {
      const value = row[index]!;
      if (value === '' || value === agreed[index]) continue;
      if (agreed[index] !== '') {
        throw new TesseraError('invalid_row', `The rows of the group differ in ${table.names[index]}.`);
      }
      agreed[index] = value;
    }
  }
  return agreed;
}

/** Resolves names, and remembers which columns are read for a whole group: on those its rows must agree. */
class ColumnTable implements Columns {
  readonly names: string[];
  readonly shared = new Set<number>();
  readonly line: Columns;
  readonly #fixed: boolean;

  constructor(names: readonly string[] | undefined) {
    this.names = [...(names ?? [])];
    this.#fixed = names !== undefined;
    const resolve = (name: string, path: string): number => this.#resolve(name, path);
    this.line = {
      index: resolve,
      get line() {
        return this;
      },
    };
  }

  index(name: string, path: string): number {
    const index = this.#resolve(name, path);
    this.shared.add(index);
    return index;
  }

  #resolve(name: string, path: string): number {
    const index = this.names.indexOf(name);
    if (index >= 0) return index;
    if (this.#fixed) {
      throw new TesseraError(
        'invalid_map',
        `${path}: the file has no column ${name}; it has ${this.names.join(', ')}.`,
        {
          path,
        },
      );
    }
    return this.names.push(name) - 1;
  }
}
