import type { EpochMs } from './time.ts';

/** What the audit log tells of. A reader may filter by it, so words here are never renamed. */
export const auditActions = [
  /** Personal data left in clear text. */
  'personal_data_read',
  /** A definition was put in force or removed. */
  'definition_changed',
  /** An access key was made, rotated or revoked. */
  'access_key_changed',
  /** Every stored data key is wrapped under another master key. */
  'master_key_rotated',
  /** A job or command about somebody's rights: erasure, restriction, retention. */
  'privacy_job',
  /** What is held of somebody, or of a segment, was handed out as a whole. */
  'data_exported',
  /** A consent was written by an operator, or a text that people consent to was changed. */
  'consent_changed',
  /** Any other command of an operator that changes what is stored of people. */
  'operator_command',
  /** A question in SQL was put to history. */
  'sql_query',
  /** Requests without a valid key or without the scope, counted over a stretch of time. */
  'sign_in_failed',
  /** The chain begins, or goes on after a start. */
  'chain_opened',
] as const;

export type AuditAction = (typeof auditActions)[number];

/** What a caller tells the audit log. Nothing in it may be personal: people are named by their profile ids alone. */
export interface AuditEntry {
  readonly action: AuditAction;
  /** Name of the key that asked; `engine` for what it does by itself. */
  readonly author: string;
  /** Profiles whose data it was. Many are named in several entries, beyond some thousand only `count` tells how many. */
  readonly subjects?: readonly string[];
  /** Names of fields that were shown or changed, such as `traits.phone`; never their values. */
  readonly fields?: readonly string[];
  /** What it was done to, where that is no profile: `triggers/abandoned_cart`, the id of a key, a job, an erasure. */
  readonly target?: string;
  /** The route, `GET /v1/profiles/:id`, or the name of the job. */
  readonly via?: string;
  /** How many: profiles, failed attempts, rows. */
  readonly count?: number;
  /** A word or two that tell the outcome, such as a code of errors, or a digest of what was asked. */
  readonly detail?: string;
}

/** An entry as it stands in its chain. */
export interface ChainedAuditEntry extends AuditEntry {
  /** Who writes the chain: a node, or the data directory where there is one alone. */
  readonly chain: string;
  /** Dense, from 1, within the chain. */
  readonly n: number;
  readonly at: EpochMs;
}

/** How far a chain has come; kept apart from the entries and handed out, it shows when the newest are missing. */
export interface AuditHead {
  readonly chain: string;
  readonly n: number;
  readonly at: EpochMs;
  /** The authenticator of entry `n`, base64url. */
  readonly mac: string;
}
