import { compilePath } from '../../conditions/path.ts';
import { limits } from '../../limits.ts';
import { DAY_MS, SECOND_MS } from '../../model/time.ts';
import type {
  ForbiddenEvent,
  NegativeStep,
  PositiveStep,
  SequencePattern,
  SequenceStep,
} from '../../model/trigger.ts';
import { compileEventTest, compileKey, compileTexts } from './event-test.ts';
import type { Absence, ChainKind, ChainStep, Closer, NotStep } from './pattern.ts';
import { compileDuration, refuse } from './refuse.ts';

/** Fails with `invalid_definition` and the place. */
export function compileSequence({ sequence, restart }: SequencePattern): ChainKind {
  if (sequence.length < 2 || sequence.length > limits.triggerStepsMax)
    refuse('/on/sequence', `must have 2 to ${limits.triggerStepsMax} steps`);
  const key = sequence.map(keyOf).find((path) => path !== undefined);
  const steps: ChainStep[] = [];
  let nots: NotStep[] = [];
  let absence: Absence | undefined;
  for (const [index, step] of sequence.entries()) {
    const path = `/on/sequence/${index}`;
    if ('not' in step) {
      if (index < sequence.length - 1) nots.push(...compileNots(step, { path, key }));
      else if (nots.length > 0)
        refuse(path, 'an absence at the end stands alone: the step before it must be positive');
      else absence = compileAbsence(step, { path, key, steps: steps.length, restart });
    } else {
      if (nots.length > 0 && steps.length === 0) refuse('/on/sequence/0', 'a sequence begins with an event');
      steps.push(compileStep(step, { path, key, nots }));
      nots = [];
    }
  }
  if (restart !== undefined && absence === undefined)
    refuse('/on/restart', 'has a meaning only where the last step is an absence');
  checkItems(steps, absence);
  return { kind: 'chain', steps, absence };
}

/** What is put under a key is remembered for what closes it, and the other way round. */
function checkItems(steps: readonly ChainStep[], absence: Absence | undefined): void {
  const puts = steps.some(({ item }) => item !== undefined);
  const closes = absence?.closers.some(({ items }) => items !== undefined) ?? false;
  if (puts === closes) return;
  refuse('/on/sequence', 'names an `item` in a step and in the absence at its end, or in neither');
}

function keyOf(step: SequenceStep): string | undefined {
  return 'not' in step ? forbiddenIn(step).find(({ key }) => key !== undefined)?.key : step.key;
}

/** The events that a step forbids: one, or several. */
export function forbiddenIn({ not }: NegativeStep): readonly ForbiddenEvent[] {
  return Array.isArray(not) ? not : [not as ForbiddenEvent];
}

function compileStep(
  step: PositiveStep,
  { path, key, nots }: { readonly path: string; readonly key: string | undefined; readonly nots: NotStep[] },
): ChainStep {
  return {
    matches: compileEventTest(step, path),
    key: compileKey(step.key ?? key, `${path}/key`),
    item: step.item === undefined ? undefined : compileKey(step.item, `${path}/item`),
    withinMs:
      step.within === undefined ? Number.POSITIVE_INFINITY : compileDuration(step.within, `${path}/within`),
    nots,
  };
}

interface StepPlace {
  readonly path: string;
  readonly key: string | undefined;
}

function compileNots(step: NegativeStep, { path, key }: StepPlace): readonly NotStep[] {
  if (step.within !== undefined || step.until !== undefined)
    refuse(
      `${path}/${step.within === undefined ? 'until' : 'within'}`,
      'has a meaning for the last step only: how long it stays away',
    );
  return forbiddenIn(step).map((not, place) => {
    const own = placeOf(step, path, place);
    if (not.item !== undefined) refuse(`${own}/item`, 'has a meaning for the last step only');
    return { matches: compileEventTest(not, own), key: closingKey(not, { path: own, key }) };
  });
}

function compileAbsence(
  step: NegativeStep,
  {
    path,
    key,
    steps,
    restart = true,
  }: StepPlace & { readonly steps: number; readonly restart: boolean | undefined },
): Absence {
  const closers = forbiddenIn(step).map((not, place) =>
    compileCloser(not, { path: placeOf(step, path, place), key }),
  );
  const { within, until } = step;
  if ((within === undefined) === (until === undefined))
    refuse(`${path}/within`, 'must say for how long the event stays away, or `until` when');
  if (until === undefined) return { closers, withinMs: absenceMs(step, path), until, restart };
  // The moment is read from the event that has just come, which has to be the last of the chain.
  if (steps !== 1) refuse(`${path}/until`, 'has a meaning after one step only, whose event names the moment');
  return { closers, withinMs: limits.absenceMaxMs, until: compilePath(until, `${path}/until`), restart };
}

function compileCloser(not: ForbiddenEvent, { path, key }: StepPlace): Closer {
  const matches = compileEventTest(not, path);
  const { item } = not;
  if (item === undefined) return { matches, key: closingKey(not, { path, key }), items: undefined };
  if (not.key !== undefined || not.any_key !== undefined)
    refuse(`${path}/item`, 'closes by what a key holds: `key` and `any_key` mean nothing beside it');
  return { matches, key: undefined, items: compileTexts(item, `${path}/item`) };
}

function closingKey(not: ForbiddenEvent, { path, key }: StepPlace): NotStep['key'] {
  return not.any_key === true ? undefined : compileKey(not.key ?? key, `${path}/key`);
}

function placeOf({ not }: NegativeStep, path: string, place: number): string {
  return Array.isArray(not) ? `${path}/not/${place}` : `${path}/not`;
}

function absenceMs({ within = '' }: NegativeStep, path: string): number {
  const ms = compileDuration(within, `${path}/within`, limits.absenceMaxMs);
  if (ms < SECOND_MS) refuse(`${path}/within`, `${within} is outside 1s to ${limits.absenceMaxMs / DAY_MS}d`);
  return ms;
}
