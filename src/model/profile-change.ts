import type { ProfileLoyaltyChange } from './loyalty.ts';
import type { SegmentChange } from './segment.ts';
import type { EpochMs } from './time.ts';
import type { Firing } from './trigger.ts';

/** What one commit did to one profile: lists are in the order of the log, bounded, and absent where nothing of the kind happened. */
export interface ProfileChange {
  readonly profile_id: string;
  readonly partition: string;
  /** Position of the last record of the commit. */
  readonly seq: number;
  readonly events?: readonly AppliedEvent[];
  readonly segments?: readonly Pick<SegmentChange, 'segment' | 'change' | 'at'>[];
  readonly points?: readonly ProfileLoyaltyChange[];
  readonly decisions?: readonly Pick<
    Firing,
    'id' | 'trigger' | 'decision' | 'reason' | 'until' | 'at' | 'channel'
  >[];
  /** True where a list would have been longer. */
  readonly more?: true;
}

export interface AppliedEvent {
  readonly id: string;
  readonly type: string;
  readonly time: EpochMs;
}
