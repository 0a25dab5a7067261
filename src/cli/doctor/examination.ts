import type { JsonObject } from '../../model/json.ts';
import type { CliContext } from '../context.ts';
import type { CallEngine, EngineFlags } from '../engine-call.ts';

/** One thing that the doctor looks at. */
export interface Examination<Flags extends EngineFlags> {
  readonly name: string;
  readonly title: string;
  ask(asked: Asked<Flags>): Promise<JsonObject>;
  isFine(findings: JsonObject, flags: Flags): boolean;
  /** For people; ends with a line break. */
  describe(findings: JsonObject): string;
}

export interface Asked<Flags extends EngineFlags> {
  readonly call: CallEngine;
  readonly context: CliContext;
  readonly flags: Flags;
}
