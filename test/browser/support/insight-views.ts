/** The views of the page of reports, by the names in their addresses. */
export const insightViews = [
  'rfm',
  'funnel',
  'retention',
  'clv',
  'campaigns',
  'channels',
  'basket',
  'times',
  'recommendations',
  'quality',
  'health',
] as const;
