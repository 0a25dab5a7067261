import { setTimeout as sleep } from 'node:timers/promises';
import { FUSED } from '../../src/cluster/topology.ts';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import type { FitParts } from '../../src/jobs/fit/fit-parts.ts';
import { Fits, type FitsOptions } from '../../src/jobs/fits.ts';
import { JobRegistry } from '../../src/jobs/jobs.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';
import type { DefinitionKind, Definitions, JobView, ProfileView } from '../../src/serve/services.ts';
import type { EngineWithHistory } from './engine-with-history.ts';
import { retailPack } from './fused-engine.ts';

/** Fits over an engine with history, whose definitions are changed as the API does it. */
export interface FitRig {
  readonly fits: Fits;
  readonly jobs: JobRegistry;
  readonly models: DefinitionKind;
  readonly kinds: Definitions;
  readonly parts: FitParts;
  /** The job of a fit, once it has come to its end. */
  fit(name: string, body?: JsonObject): Promise<JobView>;
  ended(job: JobView): Promise<JobView>;
  /** Of a customer, by user id. */
  features(user: string): Promise<ProfileView['features']>;
}

export function createFitRig(engine: EngineWithHistory, changes: Partial<FitsOptions> = {}): FitRig {
  const { definitions, history, reach, store, clock, log, profiles } = engine;
  const jobs = new JobRegistry({
    clock,
    onError: (error) => {
      throw error;
    },
  });
  const kinds = createDefinitionKinds({
    definitions,
    log,
    pack: retailPack,
    blind: (policy) => policy,
    // Stands for the stage loop: whatever was appended is applied while the change waits.
    async appliedSeq() {
      await engine.drain();
      return store.checkpoint('p0')?.seq ?? 0;
    },
  });
  const models = kinds.kind('models') as DefinitionKind;
  const codec = createEntryCodec(definitions);
  const parts: FitParts = {
    definitions,
    history,
    reach,
    clock,
    codec,
    state: createStateReader(store, FUSED),
  };
  const fits = new Fits({
    ...parts,
    jobs,
    models,
    every: undefined,
    leads: () => true,
    onError: (error) => {
      throw error;
    },
    ...changes,
  });
  const ended = async (job: JobView): Promise<JobView> => {
    for (;;) {
      const found = jobs.get(job.id);
      if (found === undefined || found.finished_at !== null) return found ?? job;
      await sleep(5);
    }
  };
  return {
    fits,
    jobs,
    models,
    kinds,
    parts,
    ended,
    async fit(name, body = {}) {
      await engine.settle();
      return await ended(fits.start(name, body, 'ann'));
    },
    async features(user) {
      return (await profiles.byIdentifier('user_id', user, { reveal: false }))?.features ?? {};
    },
  };
}
