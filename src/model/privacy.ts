import type { EpochMs } from './time.ts';

/** Who answers for the data: named on receipts. */
export interface ControllerDefinition {
  readonly name: string;
  readonly contact?: string;
  readonly address?: string;
  readonly url?: string;
}

/** What data is used for. One that is not active is nobody's consent's worth: as if none had been given. */
export interface PurposeDefinition {
  readonly description?: string;
  readonly basis: 'consent' | 'contract' | 'legal_obligation' | 'legitimate_interest';
  readonly active: boolean;
}

/** A text that people are told, of which versions count up from 1. */
export interface NoticeDefinition {
  readonly version: number;
  readonly description?: string;
  readonly url?: string;
  /** Day on which this version was published, `YYYY-MM-DD`. */
  readonly published?: string;
  /** Whether everybody has to be told of it, and not only whom a field concerns. */
  readonly everyone: boolean;
}

/** Something that is collected of people: a trait, or a property of events, by its name. */
export interface FieldDefinition {
  readonly description?: string;
  readonly class: 'general' | 'sensitive';
  readonly purpose: string;
  /** Unusable for a person until this version of the notice, or a later one, is recorded of them. */
  readonly notice?: { readonly name: string; readonly version: number };
  /** Unusable for a person without this consent: `guardian`, `sensitive.health`. Absent: none is needed. */
  readonly consent?: string;
}

/** Whom data is shared with, what, and for how long. */
export interface PartnerDefinition {
  readonly description?: string;
  /** `kind`, `lifecycle`, `segments`, `tags`, `traits.NAME`, `features.NAME`, `loyalty.NAME`. */
  readonly fields: readonly string[];
  /** Segments that may be shared; absent: all. */
  readonly segments?: readonly string[];
  /** The last day of the agreement, `YYYY-MM-DD`. */
  readonly until: string;
  /** For how many days the partner may keep a row. */
  readonly keep_days: number;
}

/** What is collected of people, what for, and what they were told (schemas/definitions/privacy.json), with every default filled in. */
export interface PrivacyDefinition {
  readonly name: 'default';
  readonly description?: string;
  readonly controller?: ControllerDefinition;
  readonly purposes: Readonly<Record<string, PurposeDefinition>>;
  readonly notices: Readonly<Record<string, NoticeDefinition>>;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
  readonly partners: Readonly<Record<string, PartnerDefinition>>;
}

export interface VersionedPrivacy {
  /** Hash of its text. */
  readonly version: string;
  readonly author: string;
  readonly since: EpochMs;
  readonly definition: PrivacyDefinition;
}

/** The purposes that the engine itself asks about. */
export const CORE_PURPOSES: Readonly<Record<string, PurposeDefinition>> = Object.freeze({
  service: { basis: 'contract', active: true },
  personalization: { basis: 'consent', active: true },
  marketing: { basis: 'consent', active: true },
  sharing: { basis: 'consent', active: true },
});

/** What holds while nothing was said: of what is sensitive, nothing is kept but birthdays. */
export const PRIVACY_BEFORE_ANY: PrivacyDefinition = Object.freeze<PrivacyDefinition>({
  name: 'default',
  purposes: CORE_PURPOSES,
  notices: {},
  fields: { birthday: { class: 'general', purpose: 'personalization' } },
  partners: {},
});
