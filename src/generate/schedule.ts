import type { Random } from './random.ts';
import { rates } from './rates.ts';
import type { Person, World } from './world.ts';

/** Whose visits fall on which day: indexes of people, day by day. */
export function scheduleVisits({ people, days }: World, random: Random): readonly (readonly number[])[] {
  const byDay: number[][] = Array.from({ length: days }, () => []);
  for (const person of people) {
    for (const [from, to] of activeSpans(person, days)) {
      const share = (to - from + 1) / days;
      const mean = (rates.visitsMean - 0.5) * share;
      const visits = Math.min(rates.visitsMax, 1 + Math.floor(random.exponential(mean)));
      for (let i = 0; i < visits; i++) byDay[random.between(from, to)]?.push(person.n);
    }
  }
  return byDay;
}

/** Days on which somebody may come, both ends included. */
function activeSpans({ from, to, recycled }: Person, days: number): readonly (readonly [number, number])[] {
  if (recycled?.role !== 'before' || to <= recycled.untilDay) return [[from, Math.min(to, days - 1)]];
  return [
    [from, recycled.untilDay],
    [recycled.fromDay + 1, to],
  ];
}
