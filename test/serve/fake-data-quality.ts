import type { Stretch } from '../../src/analytics/analysis.ts';
import type { Flag } from '../../src/analytics/quality/flags.ts';
import type { QualityReport } from '../../src/analytics/quality/quality.ts';
import type { DataQuality } from '../../src/serve/data-quality-service.ts';
import { exampleFlag, exampleQuality } from '../../src/serve/quality-examples.ts';

/** Answers what the document of the API shows, and remembers what it was asked. */
export class FakeDataQuality implements DataQuality {
  latest: QualityReport | null = null;
  latestAt = 0;
  readonly asked: Stretch[] = [];

  async report(stretch: Stretch) {
    this.asked.push(stretch);
    const answer = { ...exampleReport, from: stretch.from, to: stretch.to };
    return { answer, table: { columns: ['part', 'subject'], rows: [['alert', '=HYPERLINK("x")']] } };
  }

  async flags(stretch: Stretch) {
    this.asked.push(stretch);
    const flag: Flag = exampleFlag;
    return { flags: [flag, { ...flag, check: 'quantity', status: 'dismissed' } as const], more: false };
  }

  async completeness() {
    return { value: 0.9, cases: 10 };
  }

  dayAt(day: string): Stretch | undefined {
    return day === '2026-02-30' ? undefined : { from: Date.parse(day), to: Date.parse(day) + 86_400_000 };
  }

  now(): number {
    return Date.UTC(2026, 10, 22, 12);
  }

  lately(): Stretch {
    return { from: 1, to: 2 };
  }
}

/** The example is such a report. */
export const exampleReport = exampleQuality.report as unknown as QualityReport;
