import { limits } from '../../limits.ts';
import { DAY_MS, SECOND_MS } from '../../model/time.ts';
import type { NegativeStep, PositiveStep, SequencePattern, SequenceStep } from '../../model/trigger.ts';
import { compileEventTest, compileKey } from './event-test.ts';
import type { Absence, ChainKind, ChainStep, NotStep } from './pattern.ts';
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
      const last = index === sequence.length - 1;
      const not = compileNot(step, { path, key, last });
      if (!last) nots.push(not);
      else if (nots.length > 0)
        refuse(path, 'an absence at the end stands alone: the step before it must be positive');
      else absence = { ...not, withinMs: absenceMs(step, path), restart: restart ?? true };
    } else {
      if (nots.length > 0 && steps.length === 0) refuse('/on/sequence/0', 'a sequence begins with an event');
      steps.push(compileStep(step, { path, key, nots }));
      nots = [];
    }
  }
  if (restart !== undefined && absence === undefined)
    refuse('/on/restart', 'has a meaning only where the last step is an absence');
  return { kind: 'chain', steps, absence };
}

function keyOf(step: SequenceStep): string | undefined {
  return 'not' in step ? step.not.key : step.key;
}

function compileStep(
  step: PositiveStep,
  { path, key, nots }: { readonly path: string; readonly key: string | undefined; readonly nots: NotStep[] },
): ChainStep {
  return {
    matches: compileEventTest(step, path),
    key: compileKey(step.key ?? key, `${path}/key`),
    withinMs:
      step.within === undefined ? Number.POSITIVE_INFINITY : compileDuration(step.within, `${path}/within`),
    nots,
  };
}

function compileNot(
  { not, within }: NegativeStep,
  { path, key, last }: { readonly path: string; readonly key: string | undefined; readonly last: boolean },
): NotStep {
  if (!last && within !== undefined)
    refuse(`${path}/within`, 'has a meaning for the last step only: how long it stays away');
  return {
    matches: compileEventTest(not, `${path}/not`),
    key: not.any_key === true ? undefined : compileKey(not.key ?? key, `${path}/not/key`),
  };
}

function absenceMs({ within }: NegativeStep, path: string): number {
  if (within === undefined) refuse(`${path}/within`, 'must say for how long the event stays away');
  const ms = compileDuration(within, `${path}/within`, limits.absenceMaxMs);
  if (ms < SECOND_MS) refuse(`${path}/within`, `${within} is outside 1s to ${limits.absenceMaxMs / DAY_MS}d`);
  return ms;
}
