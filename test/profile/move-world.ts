import { expect } from 'vitest';
import { Definitions } from '../../src/definitions/definitions.ts';
import { readFeatures } from '../../src/features/read.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureValue } from '../../src/model/feature.ts';
import { EMPTY_POLICY, type IdentityPolicy } from '../../src/model/identity-policy.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import type { LogRecord, MessageBody, MoveMessage } from '../../src/model/record.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { everyAggregate } from '../oracle/definitions.ts';
import { MapView, type RecordedContext, recordingContext } from '../support/fold-world.ts';

/** A message that is passed on more often than this never arrives. */
const HOPS_MAX = 200;

/** The people stage alone, with moves given by hand: messages travel through their bytes, in the order sent. */
export class MoveWorld {
  readonly view = new MapView();
  /** What identity was told. */
  readonly told: MessageBody[] = [];
  readonly rows: RecordedContext['rows'] = [];
  readonly #definitions = new Definitions({ reportingCurrency: 'CNY' });
  readonly #people = createPipeline({
    space: 'test',
    dedupKey: 'test',
    definitions: this.#definitions,
  }).people;
  #seq = 0;
  #moves = 0;

  constructor(identity: IdentityPolicy = EMPTY_POLICY) {
    const features = everyAggregate();
    this.fold({ kind: 'definitions', author: 'test', features, triggers: [], identity }, 0);
  }

  /** Folds the record and everything that follows from it. */
  fold(record: LogRecord, now: number): Outcome | undefined {
    const waiting = [record];
    let outcome: Outcome | undefined;
    for (let hop = 0; waiting.length > 0; hop++) {
      if (hop > HOPS_MAX) expect.fail('a message goes round in circles');
      this.#seq++;
      const context = recordingContext(this.view, { seq: this.#seq, now });
      const next = waiting.shift() as LogRecord;
      outcome = this.#people.fold(decodeRecord(encodeRecord(next)).record, context) ?? outcome;
      this.rows.push(...context.rows);
      for (const { to, body } of context.sent) {
        if (to === 'identity') this.told.push(body);
        else waiting.push({ kind: 'message', from: 'test', n: 1, body });
      }
    }
    return outcome;
  }

  event(profile: string, event: Event, now = event.time): Outcome | undefined {
    return this.fold({ kind: 'routed', profile, event }, now);
  }

  move(
    reason: MoveMessage['reason'],
    from: string,
    to: string,
    facets: readonly string[],
    { epochs, now = 0 }: { epochs?: Readonly<Record<string, number>>; now?: number } = {},
  ): void {
    const move = ++this.#moves;
    const body = {
      type: 'move',
      reason,
      move,
      from,
      to,
      facets,
      ...(epochs === undefined ? {} : { epochs }),
    };
    this.fold({ kind: 'message', from: 'identity', n: 1, body: body as MoveMessage }, now);
  }

  header(profile: string): Header | undefined {
    return this.view.get<Header>(keys.header(profile));
  }

  facet(profile: string, id: string): Facet | undefined {
    return this.view.get<Facet>(keys.facet(profile, id));
  }

  /** Bytes of all facets and deduplication ids, wherever they are: key without the profile → profile and base64. */
  contents(): Map<string, readonly [profile: string, bytes: string]> {
    const codec = createEntryCodec(this.#definitions);
    const found = new Map<string, readonly [string, string]>();
    for (const [key, value] of this.view.entries) {
      if (!/^[fd]\//.test(key)) continue;
      const parts = key.split('/');
      const [profile = ''] = parts.splice(key.startsWith('f') ? 1 : 2, 1);
      expect(found.has(parts.join('/')), `${parts.join('/')} is in one place`).toBe(false);
      found.set(parts.join('/'), [profile, Buffer.from(codec.encode(key, value)).toString('base64')]);
    }
    return found;
  }

  read(profile: string, now: number): Readonly<Record<string, FeatureValue>> {
    const facets = (this.header(profile)?.facets ?? []).flatMap((id) => this.facet(profile, id) ?? []);
    return readFeatures(this.#definitions.features, facets, now);
  }

  /** What history says of facets: id, profile, change. */
  facetRows(): unknown[][] {
    return this.rows.filter(({ table }) => table === 'facets').map(({ values }) => values.slice(4, 7));
  }
}
