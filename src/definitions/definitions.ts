import { compileFeatures, type FeatureSet } from '../features/compile.ts';
import { type CompiledPolicy, compilePolicy } from '../identity/policy.ts';
import { type CompiledProgram, compileProgram } from '../loyalty/program.ts';
import { compileOutgoing, type Outgoing } from '../messages/outgoing.ts';
import { type CompiledPrivacy, compilePrivacy } from '../model/compile-privacy.ts';
import type {
  DefinitionsEntry,
  FeatureSource,
  NumberedDefinition,
  VersionedPolicy,
  VersionedSource,
  VersionedTrigger,
} from '../model/definitions.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import type { FoldContext } from '../model/fold.ts';
import { EMPTY_POLICY, type IdentityPolicy } from '../model/identity-policy.ts';
import { keys } from '../model/keys.ts';
import { MESSAGING_BEFORE_ANY } from '../model/messaging.ts';
import { PRIVACY_BEFORE_ANY } from '../model/privacy.ts';
import type { BackfillRecord, DefinitionsRecord } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';
import type { ModelSet } from '../model/value-model.ts';
import { versionOf } from '../model/version-of.ts';
import type { StateView } from '../model/view.ts';
import { changeBackfill, fillingOf, standing } from '../pipeline/change-backfill.ts';
import { catalogOf } from '../pipeline/segment-catalog.ts';
import { type CompiledPlacement, compilePlacements } from '../recommend/compile-placements.ts';
import { compileSegments, type SegmentSet } from '../segments/compile.ts';
import { type CalendarIndex, indexCalendars } from '../triggers/calendar-days.ts';
import { compileTriggers, type TriggerSet } from '../triggers/compile.ts';
import { type DecisionReach, reachOf } from '../triggers/limits/reach.ts';
import { type CompiledMessaging, compileMessaging } from '../triggers/messaging.ts';
import { compileModels } from '../value/compile-models.ts';
import { journalChanges } from './definition-journal.ts';
import { sourcesIn } from './sources-in.ts';

export interface DefinitionsOptions {
  readonly reportingCurrency: string;
  /** The identity policy before the first record (default: nothing identifies anybody). */
  readonly policy?: IdentityPolicy;
}

/**
 * What is in force in one partition, compiled. It changes only by a record of the log, at that record's place,
 * so that a replay sees the same definitions at the same events. A changed feature gets a new number, because
 * its old state answers another question; an unchanged one keeps number, state and date of creation.
 */
export class Definitions {
  features: FeatureSet;
  triggers: TriggerSet;
  segments: SegmentSet;
  identity: CompiledPolicy;
  /** Undefined while no loyalty program is in force. */
  loyalty: CompiledProgram | undefined;
  models: ModelSet = compileModels([]);
  /** What goes out because of decisions: messages, coupons, webhooks. */
  outgoing: Outgoing = compileOutgoing(NOTHING_OUTGOING);
  /** By name: the places that recommendations are shown in. */
  placements: ReadonlyMap<string, CompiledPlacement> = new Map();
  messaging: CompiledMessaging = compileMessaging(MESSAGING_BEFORE_ANY);
  /** What may be taken in of people, and what of it may be used. */
  privacy: CompiledPrivacy = compilePrivacy(PRIVACY_BEFORE_ANY);
  /** What triggers wait for on the calendar. */
  days: CalendarIndex;
  /** How far the limits of triggers look back. */
  reach: DecisionReach;
  #entry: DefinitionsEntry;
  /** What holds while the log has brought nothing. */
  readonly #initial: DefinitionsEntry;
  readonly reportingCurrency: string;

  constructor(options: DefinitionsOptions) {
    this.reportingCurrency = options.reportingCurrency;
    this.#initial = initialEntry(options.policy ?? EMPTY_POLICY);
    this.#entry = this.#initial;
    this.features = compileFeatures([], options);
    this.triggers = compileTriggers([]);
    this.reach = reachOf([], this.messaging);
    const catalog = catalogOf(this.features, []);
    this.segments = compileSegments([], catalog);
    this.days = indexCalendars([], { messaging: this.messaging, usesOf: catalog.usesOf });
    this.identity = compilePolicy(this.#initial.identity.definition);
  }

  get entry(): DefinitionsEntry {
    return this.#entry;
  }

  /** Whether anything in force looks at profiles when nothing has come from them, as time passes or facets move. */
  get wakes(): boolean {
    return this.segments.all.length > 0 || this.days.all.length > 0 || this.loyalty !== undefined;
  }

  /** Of everything that all profiles are looked at for when it changes: segments, crossings and days. */
  get lookVersion(): string {
    const { segments, days } = this;
    return days.version === '' ? segments.version : `${segments.version}+${days.version}`;
  }

  /** Compiles what the state holds; `n/definitions` must be loaded. */
  adopt(view: StateView): void {
    this.#use(view.get<DefinitionsEntry>(keys.definitions) ?? this.#initial);
  }

  /** What another process has put in force, as the state holds it. */
  follow(entry: DefinitionsEntry): void {
    this.#use(entry);
  }

  /** `journal`: whether this is the one place of all that keeps what definitions were. */
  take(
    record: DefinitionsRecord,
    context: FoldContext,
    { journal = true }: { readonly journal?: boolean } = {},
  ): void {
    const origin = this.#entry === this.#initial;
    const before = identified(this.#entry.features);
    let nextNumber = this.#entry.nextNumber;
    const features: NumberedDefinition[] = record.features.map(
      (definition) =>
        before.get(JSON.stringify(definition)) ?? {
          number: nextNumber++,
          definition,
          createdAt: context.now,
          origin,
        },
    );
    const { sources } = record;
    const directory = record.directory ?? this.#entry.directory;
    const taken: DefinitionsEntry = {
      author: record.author,
      nextNumber,
      features,
      ...(sources === undefined ? {} : { sources: this.#sourcesOf(sources, record.author, context.now) }),
      triggers: this.#triggersOf(record, context.now),
      ...this.#segmentsOf(record, context.now),
      identity: this.#policyOf(record, context.now),
      ...this.#loyaltyOf(record, context.now),
      ...this.#messagingOf(record, context.now),
      ...this.#privacyOf(record, context.now),
      ...this.#qualityOf(record, context.now),
      ...this.#modelsOf(record, context.now),
      ...this.#outgoingOf(record, context.now),
      ...standing(this.#entry, features),
      ...(directory === undefined ? {} : { directory }),
    };
    const kept = journal ? journalChanges(this.#entry, taken, context) : undefined;
    const entry = kept === undefined ? taken : { ...taken, journal: kept };
    if (this.#entry.backfill !== undefined && entry.backfill === undefined)
      context.view.remove(keys.backfill);
    this.#use(entry);
    context.view.put(keys.definitions, entry);
  }

  /** A step of filling features from history. */
  takeBackfill(record: BackfillRecord, context: FoldContext): void {
    const entry = changeBackfill(this.#entry, record, context);
    if (entry === this.#entry) return;
    this.#use(entry);
    context.view.put(keys.definitions, entry);
  }

  /** What stays as it is keeps its author and date, whatever else the record changes. */
  #sourcesOf(sources: readonly FeatureSource[], author: string, since: EpochMs): readonly VersionedSource[] {
    const before = new Map(sourcesIn(this.#entry).map((source) => [source.definition.name, source]));
    return sources.map((source) => {
      const version = versionOf(source.definition);
      const known = before.get(source.definition.name);
      return known?.version === version ? { ...known, ...source } : { ...source, version, author, since };
    });
  }

  #triggersOf({ triggers, author }: DefinitionsRecord, since: EpochMs): readonly VersionedTrigger[] {
    return withRestarts(versioned(triggers, this.#entry.triggers, { author, since }), this.#entry, since);
  }

  #segmentsOf({ segments, author }: DefinitionsRecord, since: EpochMs): Pick<DefinitionsEntry, 'segments'> {
    const known = this.#entry.segments;
    if (segments === undefined) return known === undefined ? {} : { segments: known };
    return { segments: versioned(segments, known ?? [], { author, since }) };
  }

  /** A policy that stays as it is keeps its author and date, whatever else the record changes. */
  #policyOf({ identity: definition, author }: DefinitionsRecord, now: EpochMs): VersionedPolicy {
    const version = versionOf(definition);
    const before = this.#entry.identity;
    return version === before.version ? before : { version, author, since: now, definition };
  }

  #loyaltyOf({ loyalty, author }: DefinitionsRecord, since: EpochMs): Pick<DefinitionsEntry, 'loyalty'> {
    const before = this.#entry.loyalty;
    if (loyalty === undefined) return before === undefined ? {} : { loyalty: before };
    if (loyalty === null) return {};
    const version = versionOf(loyalty);
    return {
      loyalty: version === before?.version ? before : { version, author, since, definition: loyalty },
    };
  }

  #messagingOf(
    { messaging, author }: DefinitionsRecord,
    since: EpochMs,
  ): Pick<DefinitionsEntry, 'messaging'> {
    const before = this.#entry.messaging;
    if (messaging === undefined) return before === undefined ? {} : { messaging: before };
    if (messaging === null) return {};
    const version = versionOf(messaging);
    return {
      messaging: version === before?.version ? before : { version, author, since, definition: messaging },
    };
  }

  #privacyOf({ privacy, author }: DefinitionsRecord, since: EpochMs): Pick<DefinitionsEntry, 'privacy'> {
    const before = this.#entry.privacy;
    if (privacy === undefined) return before === undefined ? {} : { privacy: before };
    if (privacy === null) return {};
    const version = versionOf(privacy);
    return {
      privacy: version === before?.version ? before : { version, author, since, definition: privacy },
    };
  }

  #qualityOf({ quality, author }: DefinitionsRecord, since: EpochMs): Pick<DefinitionsEntry, 'quality'> {
    const before = this.#entry.quality;
    if (quality === undefined) return before === undefined ? {} : { quality: before };
    if (quality === null) return {};
    const version = versionOf(quality);
    return {
      quality: version === before?.version ? before : { version, author, since, definition: quality },
    };
  }

  #modelsOf({ models, author }: DefinitionsRecord, since: EpochMs): Pick<DefinitionsEntry, 'models'> {
    const known = this.#entry.models;
    if (models === undefined) return known === undefined ? {} : { models: known };
    if (models.length === 0) return {};
    return { models: versioned(models, known ?? [], { author, since }) };
  }

  /** Templates, webhooks, pools of coupons, placements and what else no fold reads: what the record says nothing of stays. */
  #outgoingOf(
    { templates, webhooks, coupons, placements, retention, schemas, author }: DefinitionsRecord,
    since: EpochMs,
  ): Pick<DefinitionsEntry, 'templates' | 'webhooks' | 'coupons' | 'placements' | 'retention' | 'schemas'> {
    const by = { author, since };
    const before = this.#entry;
    return {
      ...part('templates', templates ? versioned(templates, before.templates ?? [], by) : before.templates),
      ...part('webhooks', webhooks ? versioned(webhooks, before.webhooks ?? [], by) : before.webhooks),
      ...part('coupons', coupons ? versioned(coupons, before.coupons ?? [], by) : before.coupons),
      ...part(
        'placements',
        placements ? versioned(placements, before.placements ?? [], by) : before.placements,
      ),
      ...part('retention', retention ? versioned(retention, before.retention ?? [], by) : before.retention),
      ...part('schemas', schemas ? versioned(schemas, before.schemas ?? [], by) : before.schemas),
    };
  }

  #use(entry: DefinitionsEntry): void {
    // A runner that reopens its partition mostly finds in force what was in force before.
    if (entry === this.#entry) return;
    if (entry.identity.version !== this.#entry.identity.version)
      this.identity = compilePolicy(entry.identity.definition);
    if (entry.loyalty?.version !== this.#entry.loyalty?.version)
      this.loyalty = entry.loyalty && compileProgram(entry.loyalty.definition, entry.loyalty.version);
    if (entry.models !== this.#entry.models)
      this.models = compileModels(entry.models?.map(({ definition }) => definition) ?? []);
    if (entry.placements !== this.#entry.placements)
      this.placements = compilePlacements(entry.placements?.map(({ definition }) => definition) ?? []);
    if (entry.privacy?.version !== this.#entry.privacy?.version)
      this.privacy = compilePrivacy(entry.privacy?.definition ?? PRIVACY_BEFORE_ANY);
    if (entry.messaging?.version !== this.#entry.messaging?.version)
      this.messaging = compileMessaging(entry.messaging?.definition ?? MESSAGING_BEFORE_ANY);
    this.#entry = entry;
    this.features = compileFeatures(entry.features, {
      models: this.models,
      reportingCurrency: this.reportingCurrency,
      filling: fillingOf(entry),
    });
    this.triggers = compileTriggers(entry.triggers);
    this.outgoing = outgoingIn(entry);
    // What was sent before a trigger was switched off counts again when it is on.
    this.reach = reachOf([...this.triggers.all, ...this.triggers.off.values()], this.messaging);
    const { names: _checked, ...catalog } = catalogOf(this.features, entry.features, {
      loyaltyVersion: entry.loyalty?.version,
      privacy: this.privacy,
    });
    this.days = indexCalendars(this.triggers.calendars, {
      messaging: this.messaging,
      privacy: entry.privacy?.version ?? '',
      usesOf: catalog.usesOf,
    });
    this.segments = compileSegments([...(entry.segments ?? []), ...this.triggers.crossings], catalog);
  }
}

const NOTHING_OUTGOING = { templates: [], webhooks: [], coupons: [], triggers: [] } as const;

function outgoingIn(entry: DefinitionsEntry): Outgoing {
  const { templates = [], webhooks = [], coupons = [], placements = [], triggers } = entry;
  return compileOutgoing({
    templates: templates.map(({ definition }) => definition),
    webhooks,
    coupons: coupons.map(({ definition }) => definition),
    placements: placements.map(({ definition }) => definition),
    triggers: triggers.map(({ definition }) => definition),
  });
}

/** A part of an entry, left out while there is none. */
function part<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  // The only key is the name, which the computed type of an object literal forgets.
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: Value };
}

/**
 * The definitions by their text, and by the text that they have once they are kept beside a successor: the version that
 * goes on as `name@number` keeps its number, and so its state.
 */
function identified(features: readonly NumberedDefinition[]): Map<string, NumberedDefinition> {
  const found = new Map<string, NumberedDefinition>();
  for (const entry of features) {
    const { definition, number } = entry;
    found.set(JSON.stringify(definition), entry);
    const kept = keptVersion(definition, number);
    found.set(JSON.stringify(kept), { ...entry, definition: kept });
  }
  return found;
}

/** A definition under the name that it keeps beside its successor. */
export function keptVersion(definition: FeatureDefinition, number: number): FeatureDefinition {
  return { ...definition, name: `${definition.name}@${number}` };
}

function initialEntry(definition: IdentityPolicy): DefinitionsEntry {
  const identity = { version: versionOf(definition), author: '', since: 0, definition };
  return { author: '', nextNumber: 1, features: [], triggers: [], identity };
}

/** What stays as it was keeps what is known of it. */
function versioned<Definition extends { readonly name: string }, InForce extends Versioned<Definition>>(
  definitions: readonly Definition[],
  known: readonly InForce[],
  by: { readonly author: string; readonly since: EpochMs },
): readonly (InForce | Required<Versioned<Definition>>)[] {
  const before = new Map(known.map((each) => [each.definition.name, each]));
  return definitions.map((definition) => {
    const version = versionOf(definition);
    const same = before.get(definition.name);
    return same?.version === version ? same : { definition, version, ...by };
  });
}

/** Notes of a trigger that was off when it is switched on; what is on goes on as it was. */
function withRestarts(
  triggers: readonly VersionedTrigger[],
  { triggers: known }: DefinitionsEntry,
  now: EpochMs,
): readonly VersionedTrigger[] {
  const before = new Map(known.map((trigger) => [trigger.definition.name, trigger]));
  return triggers.map((trigger) => {
    const was = before.get(trigger.definition.name);
    if (was === undefined || was === trigger) return trigger;
    const back = was.definition.enabled === false && trigger.definition.enabled !== false;
    const restarts = back ? { times: (was.restarts?.times ?? 0) + 1, at: now } : was.restarts;
    return restarts === undefined ? trigger : { ...trigger, restarts };
  });
}

interface Versioned<Definition> {
  readonly definition: Definition;
  readonly version: string;
  readonly author?: string;
  readonly since?: EpochMs;
}
