import { Pace } from '../background/pace.ts';
import type { Config } from '../config.ts';
import { assert, TesseraError } from '../errors.ts';
import type { HttpParts } from '../http-role.ts';
import { checkIdentityPolicy, parseIdentityPolicy } from '../ingest/identity-policy.ts';
import type { LiveSchemas } from '../ingest/own-schemas/live-schemas.ts';
import { createBacktests } from '../jobs/backtests.ts';
import { findStrangers } from '../jobs/fit/strangers.ts';
import { Fits } from '../jobs/fits.ts';
import { createIdentitySimulation } from '../jobs/identity-simulation.ts';
import { createSchemaService } from '../jobs/schema-checks.ts';
import { limits } from '../limits.ts';
import type { Review } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import { createEntryCodec, decodeRecord } from '../runner/codec.ts';
import { type createLogger, describeError } from '../serve/logger.ts';
import type { SchemaService } from '../serve/schema-service.ts';
import type { Definitions as DefinitionKinds, ReadServices } from '../serve/services.ts';
import type { IdentitySimulation } from '../serve/simulation-service.ts';

export interface FitSurroundings {
  readonly config: Config;
  readonly logger: ReturnType<typeof createLogger>;
  readonly kinds: DefinitionKinds;
}

/** Fits of models, which are put in force like every other definition. */
export function createFits(parts: HttpParts, { kinds, config, logger }: FitSurroundings): Fits {
  const models = kinds.kind('models');
  assert(models !== undefined, 'there is a kind for models');
  return new Fits({
    ...parts,
    codec: createEntryCodec(parts.definitions),
    models,
    every: config.fitEveryMs,
    onError: (error) => logger.warn({ error: describeError(error) }, 'a model could not be fitted again'),
  });
}

/** Whom an analysis leaves out, within the time that a request may take. */
export function strangersFor(parts: HttpParts): Promise<readonly string[]> {
  const pace = new Pace(parts.clock, AbortSignal.timeout(limits.sqlSecondsMax * 1_000));
  return findStrangers({ parts: { ...parts, codec: createEntryCodec(parts.definitions) }, pace });
}

/** Runs triggers over history, in the rests of the traffic. */
export function createTriggerBacktests(parts: HttpParts, kinds: DefinitionKinds): ReadServices['backtests'] {
  const triggers = kinds.kind('triggers');
  assert(triggers !== undefined, 'there is a kind for triggers');
  return createBacktests({ ...parts, triggers });
}

/** Which event types are known, and which of the events that there are a changed schema would refuse. */
export function createSchemaServices(
  parts: HttpParts,
  {
    kinds,
    schemas,
    config,
  }: { readonly kinds: DefinitionKinds; readonly schemas: LiveSchemas; readonly config: Config },
): SchemaService {
  const kind = kinds.kind('schemas');
  assert(kind !== undefined, 'there is a kind for schemas');
  return createSchemaService({ ...parts, schemas, kind, defaultCurrency: config.currency });
}

/** Replays what the log and history hold, under the policy in force and under another one. */
export function createSimulation(parts: HttpParts, { space, region }: Config): IdentitySimulation {
  const { state, definitions, keyring, topology } = parts;
  const codec = createEntryCodec(definitions);
  return createIdentitySimulation({
    ...parts,
    space,
    partition: topology.numberOf(topology.identity),
    decode: decodeRecord,
    indexKey: keyring.indexKey,
    defaultRegion: region,
    async reviewed(n) {
      const key = keys.review(n);
      const [bytes] = await state.read([key]);
      // The codec answers the type that belongs to the key's prefix.
      return bytes && (codec.decode(key, bytes) as Review).identifiers;
    },
    readPolicy(definition) {
      if (typeof definition !== 'string') return checkIdentityPolicy(definition);
      if (definition.length <= limits.definitionsBytesMax) return parseIdentityPolicy(definition);
      throw new TesseraError('invalid_definition', 'the identity policy is too large');
    },
  });
}
