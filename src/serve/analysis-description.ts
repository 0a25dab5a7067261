import type { AnalysisName, Questions } from '../analytics/analyses.ts';
import type { AnalyticsDefaults } from './analytics-service.ts';
import type { Parameters, ParameterValues } from './parameters.ts';

/** How an analysis is asked for: its parameters, and what is asked by their values. */
export interface AnalysisDescription<Name extends AnalysisName, P extends Parameters> {
  readonly name: Name;
  readonly summary: string;
  readonly description: string;
  readonly parameters: P;
  readonly question: (values: ParameterValues<P>, defaults: AnalyticsDefaults) => Questions[Name];
}

/** Keeps the types of a description together. */
export function analysis<Name extends AnalysisName, P extends Parameters>(
  described: AnalysisDescription<Name, P>,
): AnalysisDescription<Name, P> {
  return described;
}
