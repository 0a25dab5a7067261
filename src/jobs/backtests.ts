import { parseDocument } from 'yaml';
import type { HistoryReach } from '../desks/profile-history/history-reach.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { DAY_MS } from '../model/time.ts';
import type { TriggerDefinition } from '../model/trigger.ts';
import type { BacktestQuestion, Backtests as BacktestService } from '../serve/backtest-service.ts';
import type { DefinitionKind, Jobs, JobView } from '../serve/services.ts';
import { type BacktestParts, runBacktest } from './backtest/run-backtest.ts';

export interface BacktestsOptions extends BacktestParts {
  readonly jobs: Jobs;
  /** Triggers as the API changes them: a draft is held to the same rules. */
  readonly triggers: Pick<DefinitionKind, 'editor'>;
  readonly reach: Pick<HistoryReach, 'now'>;
}

/** Jobs that run a trigger over history. */
export function createBacktests(options: BacktestsOptions): BacktestService {
  return { start: (question) => start(question, options) };
}

function start(question: BacktestQuestion, options: BacktestsOptions): JobView {
  const { from, to, followDays = limits.backtestFollowDays, clock = 'applied', author } = question;
  if (to - from > limits.backtestDaysMax * DAY_MS) {
    throw new TesseraError(
      'invalid_parameter',
      `At most ${limits.backtestDaysMax} days can be looked at at once.`,
      { path: '/to' },
    );
  }
  // What one that is off would do is worth knowing before it is switched on.
  const { enabled: _, ...trigger } = triggerOf(question, options);
  if ('catalog' in trigger.on) {
    throw new TesseraError(
      'invalid_parameter',
      'What the catalog was is not kept, so a trigger that waits for it cannot be run over history.',
      { path: '/definition' },
    );
  }
  return options.jobs.create({
    kind: 'trigger_backtest',
    author,
    run: async (report, signal) => {
      await options.reach.now();
      return await runBacktest(options, { trigger, from, to, clock, followDays, report, signal });
    },
  });
}

function triggerOf(
  { name, definition }: BacktestQuestion,
  { definitions, triggers }: BacktestsOptions,
): TriggerDefinition {
  if (definition === undefined) {
    const { byName, off } = definitions.triggers;
    const known = byName.get(name) ?? off.get(name);
    if (known === undefined) throw new TesseraError('not_found', 'There is no trigger of this name.');
    return known.definition;
  }
  if (triggers.editor === undefined) throw new TesseraError('not_found');
  // The editor of triggers answers a trigger.
  return triggers.editor.check(name, bodyOf(definition)) as unknown as TriggerDefinition;
}

function bodyOf(definition: JsonObject | string): JsonObject {
  if (typeof definition !== 'string') return definition;
  if (definition.length > limits.definitionsBytesMax)
    throw new TesseraError('invalid_definition', 'the definition is too large');
  const document = parseDocument(definition);
  const [problem] = document.errors;
  const written: unknown = problem === undefined ? document.toJS() : undefined;
  if (isJsonObject(written)) return written;
  throw new TesseraError('invalid_definition', problem?.message ?? 'the definition must be an object');
}
