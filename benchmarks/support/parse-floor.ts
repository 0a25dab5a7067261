import { createEventCheck } from './event-checks.ts';

export interface ParseFloor {
  /** CPU µs per event of JSON.parse of these batches and ajv over each event. */
  measure(bodies: readonly string[]): number;
}

/** What nobody who takes JSON can do without: parsing and validation in process, with nothing around them. */
export function createParseFloor(): ParseFloor {
  const check = createEventCheck();
  return {
    measure(bodies) {
      let events = 0;
      const before = process.cpuUsage();
      for (const body of bodies) {
        const batch = JSON.parse(body) as readonly unknown[];
        for (const event of batch) check(event);
        events += batch.length;
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / events;
    },
  };
}
