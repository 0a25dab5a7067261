import { TesseraError, unreachable } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Answers, ModelDefinition, ModelSet, Quintiles } from '../model/value-model.ts';
import { versionOf } from '../model/version-of.ts';
import { compileClusters } from './clusters-model.ts';
import { compileClv } from './clv-model.ts';
import { compileRfm } from './rfm-model.ts';

function refuse(name: string, path: string, why: string): never {
  throw new TesseraError('invalid_definition', `model "${name}" at ${path}: ${why}`, { path });
}

/** What the schema cannot say. */
function check(model: ModelDefinition): void {
  const { name } = model;
  if (model.type === 'rfm') {
    const rises = (quintiles: Quintiles): boolean =>
      quintiles.every((value, i) => i === 0 || value >= (quintiles[i - 1] ?? value));
    for (const [key, quintiles] of Object.entries(model.quintiles))
      if (!rises(quintiles)) refuse(name, `/quintiles/${key}`, 'must not fall');
    for (const [key, { quintiles }] of Object.entries(model.parts ?? {}))
      if (!rises(quintiles)) refuse(name, `/parts/${key}/quintiles`, 'must not fall');
    const known = new Set(['recency', 'frequency', 'monetary', ...Object.keys(model.parts ?? {})]);
    for (const key of Object.keys(model.weights ?? {}))
      if (!known.has(key)) refuse(name, `/weights/${key}`, `is none of ${[...known].join(', ')}`);
  }
  if (model.type !== 'clusters') return;
  model.clusters.forEach(({ center }, i) => {
    if (center.length !== model.axes.length)
      refuse(name, `/clusters/${i}/center`, 'needs one number per axis');
  });
  if (new Set(model.clusters.map(({ label }) => label)).size < model.clusters.length)
    refuse(name, '/clusters', 'two clusters have one label');
}

function answersOf(model: ModelDefinition): Answers {
  check(model);
  switch (model.type) {
    case 'clv':
      return compileClv(model);
    case 'rfm':
      return compileRfm(model);
    case 'clusters':
      return compileClusters(model);
    default:
      return unreachable(model);
  }
}

/** By name, ready to be asked. Throws `invalid_definition`, naming the model and the place. */
export function compileModels(models: readonly ModelDefinition[]): ModelSet {
  if (models.length > limits.modelsMax)
    throw new TesseraError('invalid_definition', `there are more than ${limits.modelsMax} models`);
  return new Map(models.map((model) => [model.name, { ...answersOf(model), version: versionOf(model) }]));
}
