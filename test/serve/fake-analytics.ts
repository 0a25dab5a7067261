import { QUALITY_BEFORE_ANY } from '../../src/model/quality.ts';
import type { Analytics } from '../../src/serve/analytics-service.ts';

/** Answers what it was asked, and a row that neither CSV nor a sheet may misread. */
export function fakeAnalytics(): Analytics {
  return {
    defaults: () => ({
      now: Date.UTC(2026, 10, 22, 12),
      currency: 'CNY',
      zone: 'Asia/Shanghai',
      figures: { ...QUALITY_BEFORE_ANY.figures, margin_rate: 0.4 },
      offlineChannels: ['pos'],
      dayOf: (at, zone) => (zone.startsWith('Nowhere') ? undefined : Math.floor(at / 86_400_000)),
    }),
    find: async (_name, question) => ({
      answer: { asked: { ...question } as never },
      table: { columns: ['name', 'n'], rows: [['=1+1, "x"', -1]] },
    }),
  };
}
