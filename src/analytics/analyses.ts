import type { Ask, Finding } from './analysis.ts';
import { type BasketQuestion, basket } from './basket.ts';
import { type CampaignsQuestion, campaigns } from './campaigns.ts';
import { type ChannelsQuestion, channels } from './channels.ts';
import { type ClvQuestion, clv } from './clv.ts';
import { type ComplaintsQuestion, complaints } from './complaints.ts';
import { type CostsQuestion, costs } from './costs.ts';
import { type DemandQuestion, demand } from './demand.ts';
import { type FunnelQuestion, funnel } from './funnel.ts';
import { type JourneyQuestion, journey } from './journey.ts';
import { type PreferencesQuestion, preferences } from './preferences.ts';
import { type RetentionQuestion, retention } from './retention.ts';
import { type ReturnsQuestion, returns } from './returns.ts';
import { type RfmQuestion, rfm } from './rfm.ts';
import { type TimesQuestion, times } from './times.ts';
import { type TriedQuestion, tried } from './tried.ts';
import { type ZonesQuestion, zones } from './zones.ts';

/** What each analysis is asked. */
export interface Questions {
  readonly rfm: Omit<RfmQuestion, 'without'>;
  readonly funnel: FunnelQuestion;
  readonly retention: RetentionQuestion;
  readonly clv: ClvQuestion;
  readonly campaigns: CampaignsQuestion;
  readonly channels: ChannelsQuestion;
  readonly basket: BasketQuestion;
  readonly times: TimesQuestion;
  readonly journey: JourneyQuestion;
  readonly zones: ZonesQuestion;
  readonly tried: TriedQuestion;
  readonly demand: DemandQuestion;
  readonly complaints: ComplaintsQuestion;
  readonly preferences: PreferencesQuestion;
  readonly costs: CostsQuestion;
  readonly returns: ReturnsQuestion;
}

export type AnalysisName = keyof Questions;

type Analyses = {
  readonly [Name in AnalysisName]: (question: Questions[Name], ask: Ask) => Promise<Finding>;
};

export interface AnalysesOptions {
  /** Profiles that are no customers: staff, resellers and the like. */
  readonly strangers: () => Promise<readonly string[]>;
}

export function createAnalyses({ strangers }: AnalysesOptions): Analyses {
  return {
    rfm: async (question, ask) => rfm({ ...question, without: await strangers() }, ask),
    funnel,
    retention,
    clv,
    campaigns,
    channels,
    basket,
    times,
    journey,
    zones,
    tried,
    demand,
    complaints,
    preferences,
    costs,
    returns,
  };
}
