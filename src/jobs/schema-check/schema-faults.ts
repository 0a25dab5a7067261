import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { anyPlace, type EventVerdict } from './check-event.ts';

interface Fault {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  events: number;
  readonly examples: { readonly id: string; readonly time: string; readonly path: string }[];
}

/** What a check has found, put together as it goes on: bounded, however many events there are. */
export class SchemaFaults {
  readonly #faults = new Map<string, Fault>();
  readonly #skipped = new Map<string, number>();
  #events = 0;
  #refused = 0;
  /** Refused events whose fault is not among those that are told. */
  #beyond = 0;

  get refused(): number {
    return this.#refused;
  }

  add(event: Event, { fault, skipped }: EventVerdict): void {
    this.#events++;
    for (const { path, why } of skipped) this.#skip(`${why} ${path}`);
    if (fault === undefined) return;
    this.#refused++;
    const path = anyPlace(fault.path);
    const name = `${fault.code} ${path} ${fault.message}`;
    let known = this.#faults.get(name);
    if (known === undefined) {
      if (this.#faults.size >= limits.schemaCheckFaultsMax) {
        this.#beyond++;
        return;
      }
      known = { code: fault.code, path, message: fault.message, events: 0, examples: [] };
      this.#faults.set(name, known);
    }
    known.events++;
    if (known.examples.length < limits.schemaCheckExamples)
      known.examples.push({ id: event.id, time: new Date(event.time).toISOString(), path: fault.path });
  }

  describe(): JsonObject {
    const faults = [...this.#faults.values()].sort((a, b) => b.events - a.events);
    return {
      events: this.#events,
      fitting: this.#events - this.#refused,
      refused: this.#refused,
      faults: faults.map((fault) => ({ ...fault })),
      refused_otherwise: this.#beyond,
      skipped: [...this.#skipped]
        .sort(([, a], [, b]) => b - a)
        .map(([name, values]) => {
          const [why = '', path = ''] = name.split(' ', 2);
          return { path, why, values };
        }),
    };
  }

  /** Names of fields are senders' words, so there may be any number of them. */
  #skip(name: string): void {
    const known = this.#skipped.get(name);
    if (known === undefined && this.#skipped.size >= limits.schemaCheckFieldsTold) return;
    this.#skipped.set(name, (known ?? 0) + 1);
  }
}
