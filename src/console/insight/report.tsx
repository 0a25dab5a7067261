import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Operations } from '../../sdk/client/client.ts';
import { now } from '../page-clock.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';
import { type BasketAnswer, BasketView } from './basket-view.tsx';
import { type CampaignsAnswer, CampaignsView } from './campaigns-view.tsx';
import { type ChannelsAnswer, ChannelsView } from './channels-view.tsx';
import { type ClvAnswer, ClvView } from './clv-view.tsx';
import { type FunnelAnswer, FunnelView } from './funnel-view.tsx';
import { type AskedField, FIRST_QUESTION, type Question, QuestionForm } from './question-form.tsx';
import { type RecommendationsAnswer, RecommendationsView } from './recommendations-view.tsx';
import { type RetentionAnswer, RetentionView } from './retention-view.tsx';
import { type RfmAnswer, RfmView } from './rfm-view.tsx';
import { type TimesAnswer, TimesView } from './times-view.tsx';

interface Answers {
  readonly rfm: RfmAnswer;
  readonly funnel: FunnelAnswer;
  readonly retention: RetentionAnswer;
  readonly clv: ClvAnswer;
  readonly campaigns: CampaignsAnswer;
  readonly channels: ChannelsAnswer;
  readonly basket: BasketAnswer;
  readonly times: TimesAnswer;
  readonly recommendations: RecommendationsAnswer;
}
export type ReportName = keyof Answers;

interface ReportKind<Name extends ReportName> {
  readonly operation: keyof Operations;
  /** What somebody may ask about. */
  readonly fields: readonly AskedField[];
  readonly show: (answer: Answers[Name]) => ComponentChildren;
}

const KINDS: { readonly [Name in ReportName]: ReportKind<Name> } = {
  rfm: { operation: 'GET /v1/analytics/rfm', fields: [], show: (answer) => <RfmView answer={answer} /> },
  funnel: {
    operation: 'GET /v1/analytics/funnel',
    fields: ['days', 'steps'],
    show: (answer) => <FunnelView answer={answer} />,
  },
  retention: {
    operation: 'GET /v1/analytics/retention',
    fields: ['days', 'period', 'event'],
    show: (answer) => <RetentionView answer={answer} />,
  },
  clv: {
    operation: 'GET /v1/analytics/clv',
    fields: ['days', 'period'],
    show: (answer) => <ClvView answer={answer} />,
  },
  campaigns: {
    operation: 'GET /v1/analytics/campaigns',
    fields: ['days'],
    show: (answer) => <CampaignsView answer={answer} />,
  },
  channels: {
    operation: 'GET /v1/analytics/channels',
    fields: ['days'],
    show: (answer) => <ChannelsView answer={answer} />,
  },
  basket: {
    operation: 'GET /v1/analytics/basket',
    fields: ['days'],
    show: (answer) => <BasketView answer={answer} />,
  },
  times: {
    operation: 'GET /v1/analytics/times',
    fields: ['days', 'event'],
    show: (answer) => <TimesView answer={answer} />,
  },
  recommendations: {
    operation: 'GET /v1/recommendations/report',
    fields: ['days'],
    show: (answer) => <RecommendationsView answer={answer} />,
  },
};

const DAY_MS = 86_400_000;

/** One report: how it is asked, a picture of it, and its figures. */
export function Report<Name extends ReportName>({ name }: { readonly name: Name }) {
  const [question, setQuestion] = useState<Question>(FIRST_QUESTION);
  const { operation, fields, show }: ReportKind<Name> = KINDS[name];
  const found = useLoad(
    async (signal) => await ask<Answers[Name]>(operation, { query: queryOf(fields, question), signal }),
    [name, question],
  );
  const { reports, recommendations } = words.value.insight;
  const titles: Readonly<Record<ReportName, string>> = { ...reports, recommendations };
  return (
    <Card title={titles[name]} wide>
      <QuestionForm fields={fields} asked={question} ask={setQuestion} />
      <LoadedView of={found}>{(answer) => show(answer)}</LoadedView>
    </Card>
  );
}

/** Whole days: the newest ends now, and the oldest begins where a day of UTC does. */
function queryOf(fields: readonly AskedField[], asked: Question): Readonly<Record<string, string>> {
  const query: Record<string, string> = {};
  for (const field of fields) {
    if (field === 'days')
      query.from = new Date(Math.floor((now() - asked.days * DAY_MS) / DAY_MS) * DAY_MS).toISOString();
    else query[field] = asked[field];
  }
  return query;
}
