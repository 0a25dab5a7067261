import { type Finding, findingTable } from '../../model/finding.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { objectsIn } from '../read-answer.ts';
import { printable } from '../text-table.ts';

/** Findings as they are printed with `--json`: with what they mean and how they are mended, faults first. */
export function shownFindings(findings: readonly Finding[]): readonly JsonObject[] {
  const shown = findings.map(({ code, at, detail }) => {
    const [weight, meaning, mend] = findingTable[code];
    return { code, weight, at, detail, meaning, mend };
  });
  return [
    ...shown.filter(({ weight }) => weight === 'fault'),
    ...shown.filter(({ weight }) => weight === 'doubt'),
  ];
}

/** A doubt alone fails nothing, unless it is wanted so. */
export function hasFault({ findings }: JsonObject, strict: boolean): boolean {
  return objectsIn(findings).some(({ weight }) => strict || weight === 'fault');
}

export function describeFindings({ findings, looked_at: looked }: JsonObject): string {
  const found = objectsIn(findings).map(
    ({ code, weight, at, detail, meaning, mend }) =>
      `${String(weight).padEnd(6)} ${String(code)}, ${printable(String(at))}: ${printable(String(detail))}\n` +
      `       ${String(meaning)}\n       Mend: ${String(mend)}\n`,
  );
  const places: readonly JsonValue[] = Array.isArray(looked) ? looked : [];
  return [...found, `looked at: ${places.map(String).join(', ')}\n`].join('');
}
