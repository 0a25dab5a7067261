import { isDeepStrictEqual } from 'node:util';
import { TesseraError } from '../../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { CallEngine } from '../engine-call.ts';
import type { Progress } from '../progress.ts';
import {
  DEFINITION_KINDS,
  type DirectoryDefinition,
  kindRank,
  PRUNED_KINDS,
  pathOfDefinition,
} from './kinds.ts';

/*
 * The API takes one definition at a time and holds each against all others in force. So what reads another one can go in only after
 * it, and what is read can go away only after its readers. Rather than know who reads whom, those that are refused are
 * tried again after the others, for as long as that helps; what still fails then fails with the engine's own words.
 */

/** One definition in which the engine differs from the directory. */
export interface Planned {
  readonly turn: 'added' | 'changed' | 'removed';
  readonly kind: string;
  readonly name: string;
  readonly changes: readonly JsonObject[];
  /** Why it could not be looked at alone. */
  readonly note?: string;
}

export interface Applying {
  readonly definitions: readonly DirectoryDefinition[];
  readonly prune: boolean;
  readonly progress: Progress;
}

/** What a directory would change, what it does not have included; changes nothing. */
export async function compareDirectory(
  call: CallEngine,
  definitions: readonly DirectoryDefinition[],
): Promise<readonly Planned[]> {
  const inForce = await readInForce(call);
  const planned: Planned[] = [];
  for (const each of inOrder(definitions)) {
    const found = await compareAsFarAsItGoes(call, each, inForce);
    if (found !== undefined) planned.push(found);
  }
  const removed = surplus(inForce, definitions).map(({ kind, name }) => ({
    ...({ turn: 'removed', kind, name, changes: [] } as const),
    note: 'not in the directory; apply --prune takes it away',
  }));
  return [...planned, ...removed];
}

/** Puts in force what differs and, where told to, takes away what the directory does not have. Answers what was done. */
export async function applyDirectory(
  call: CallEngine,
  { definitions, prune, progress }: Applying,
): Promise<readonly Planned[]> {
  const inForce = await readInForce(call);
  const gone = prune ? [...surplus(inForce, definitions)].reverse() : [];
  const done: Planned[] = [];
  const all = definitions.length + gone.length;
  let seen = 0;
  const step = (): void => {
    seen += 1;
    progress.update(seen / all, seen);
  };
  // What goes away comes last: until the others have changed they may read it.
  await inRounds(inOrder(definitions), async (each) => {
    const found = await compareOne(call, each, inForce);
    if (found !== undefined) {
      await call({ method: 'PUT', path: pathOfDefinition(each.kind, each.name), body: each.definition });
      done.push(found);
    }
    step();
  });
  await inRounds(gone, async ({ kind, name }) => {
    const { removed } = await call({ method: 'DELETE', path: pathOfDefinition(kind, name) });
    const frame = { turn: 'removed', kind, name, changes: [] } as const;
    done.push(removed === true ? frame : { ...frame, note: STAYS });
    step();
  });
  return done;
}

/** What the engine's own directory has comes back, as it is there. */
const STAYS = 'stays, because the directory of the engine has it: take it out there';

/** By kind and name, as the API shows it. */
type InForce = ReadonlyMap<string, ReadonlyMap<string, JsonObject>>;

async function readInForce(call: CallEngine): Promise<InForce> {
  const inForce = new Map<string, ReadonlyMap<string, JsonObject>>();
  for (const kind of DEFINITION_KINDS) {
    const { definitions } = await call({ method: 'GET', path: `/v1/definitions/${kind}` });
    const listed: readonly JsonValue[] = Array.isArray(definitions) ? definitions : [];
    inForce.set(kind, new Map(listed.filter(isJsonObject).map((each) => [String(each.name), each])));
  }
  return inForce;
}

function surplus(
  inForce: InForce,
  definitions: readonly DirectoryDefinition[],
): readonly { readonly kind: string; readonly name: string }[] {
  const wanted = new Set(definitions.map(({ kind, name }) => `${kind}/${name}`));
  return [...inForce].flatMap(([kind, known]) =>
    (PRUNED_KINDS.includes(kind) ? [...known.keys()] : [])
      // What a change has kept under `name@number` goes with its own command.
      .filter((name) => !wanted.has(`${kind}/${name}`) && !name.includes('@'))
      .map((name) => ({ kind, name })),
  );
}

/** Undefined where the engine has it as it is. Fails where it needs others that are not there yet. */
async function compareOne(
  call: CallEngine,
  { kind, name, definition }: DirectoryDefinition,
  inForce: InForce,
): Promise<Planned | undefined> {
  const known = inForce.get(kind)?.get(name);
  // Each dry run has the engine compile everything, so it is not asked about what is written alike.
  if (known !== undefined && isAsWritten(known, definition)) return undefined;
  const path = `${pathOfDefinition(kind, name)}?dry_run=1`;
  const answer = await call({ method: 'PUT', path, body: definition });
  const changes = (Array.isArray(answer.changes) ? answer.changes : []).filter(isJsonObject);
  return changes.length === 0 ? undefined : { turn: turnOf(kind, known), kind, name, changes };
}

/** The same, with a note where it cannot be tried before the others are there. */
async function compareAsFarAsItGoes(
  call: CallEngine,
  each: DirectoryDefinition,
  inForce: InForce,
): Promise<Planned | undefined> {
  try {
    return await compareOne(call, each, inForce);
  } catch (error) {
    if (!mayComeLater(error)) throw error;
    const { kind, name } = each;
    const turn = turnOf(kind, inForce.get(kind)?.get(name));
    return { turn, kind, name, changes: [], note: `needs the others first (${error.message})` };
  }
}

function turnOf(kind: string, known: JsonObject | undefined): 'added' | 'changed' {
  return PRUNED_KINDS.includes(kind) && known === undefined ? 'added' : 'changed';
}

/** An answer adds to a definition who brought it when, and of a feature its numbers. */
function isAsWritten(known: JsonObject, definition: JsonObject): boolean {
  const { version: _, author: __, since: ___, numbers: ____, ...text } = known;
  return isDeepStrictEqual(text, definition);
}

function mayComeLater(error: unknown): error is TesseraError {
  return (
    error instanceof TesseraError &&
    (error.code === 'invalid_definition' || error.code === 'definition_in_use')
  );
}

async function inRounds<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let left = items; left.length > 0; ) {
    const refused: Item[] = [];
    let last: TesseraError | undefined;
    for (const item of left) {
      try {
        await work(item);
      } catch (error) {
        if (!mayComeLater(error)) throw error;
        refused.push(item);
        last ??= error;
      }
    }
    if (last !== undefined && refused.length === left.length) throw last;
    left = refused;
  }
}

function inOrder(definitions: readonly DirectoryDefinition[]): readonly DirectoryDefinition[] {
  return [...definitions].sort((a, b) => kindRank(a.kind) - kindRank(b.kind));
}
