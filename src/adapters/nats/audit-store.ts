import type { StoredMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { AuditPage, AuditStore } from '../../ports/audit.ts';
import type { NatsLink } from './connection.ts';
import { refused, unavailable } from './failures.ts';
import { findMessage } from './find-message.ts';
import { parseAnswer } from './publish-answer.ts';
import { openStream, type StreamSetup } from './stream-setup.ts';
import { auditStream, subjectOf, subjectWord, textOfWord } from './subjects.ts';

export interface NatsAuditStoreOptions {
  readonly space: string;
  readonly replicas?: number;
}

/** The number of a page's first entry. */
const NUMBER = 'Tessera-Entry';
const LAST_OF_SUBJECT = 'Nats-Expected-Last-Subject-Sequence';

type Kind = 'audit' | 'auditheads';

/** Where a page of a chain is in the stream. */
interface Place {
  readonly n: number;
  readonly seq: number;
}

/**
 * Audit chains in a stream of JetStream from which no single message can be deleted: one subject per chain, one message
 * per page. Heads lie in a stream of their own, written after their page; all but the newest are purged now and then.
 */
export async function openNatsAuditStore(
  link: NatsLink,
  options: NatsAuditStoreOptions,
): Promise<AuditStore> {
  for (const setup of auditSetups(options)) await openStream(link, setup);
  return new NatsAuditStore(link, options.space);
}

/** The streams that pages and heads are in. */
export function auditSetups({ space, replicas = 1 }: NatsAuditStoreOptions): readonly StreamSetup[] {
  const bounds = { maxBytes: -1, maxMessages: limits.auditPagesMax, replicas, deletable: false };
  return (['audit', 'auditheads'] as const).map((kind) => ({
    name: auditStream(space, kind),
    subject: subjectOf(space, kind, '*'),
    ...bounds,
  }));
}

class NatsAuditStore implements AuditStore {
  readonly #link: NatsLink;
  readonly #space: string;
  /** The page of each chain that was read last, so that going on from there need not begin at the start. */
  readonly #places = new Map<string, Place>();
  /** The last page of each chain that is known to be there, which the next one names: whoever reads older ones does not move it. */
  readonly #lasts = new Map<string, number>();
  #heads = 0;

  constructor(link: NatsLink, space: string) {
    this.#link = link;
    this.#space = space;
  }

  async append(chain: string, page: AuditPage, head: Uint8Array): Promise<void> {
    try {
      const last = this.#lasts.get(chain) ?? (await this.#lastSeq(chain));
      const seq = await this.#put('audit', chain, { ...page, last });
      this.#isThere(chain, seq);
      await this.#put('auditheads', chain, { n: page.n, bytes: head });
    } catch (cause) {
      throw new TesseraError('audit_unavailable', undefined, { cause });
    }
    this.#heads += 1;
    if (this.#heads % limits.auditHeadsKept === 0) await this.#forgetHeads(chain);
  }

  async pages(chain: string, after: number, max: number): Promise<readonly AuditPage[]> {
    const found: AuditPage[] = [];
    const known = this.#places.get(chain);
    let seq = known !== undefined && known.n <= after ? known.seq + 1 : 1;
    while (found.length < max) {
      const message = await this.#next(chain, seq);
      if (message === undefined) break;
      seq = message.seq + 1;
      const n = Number(message.header.get(NUMBER));
      this.#places.set(chain, { n, seq: message.seq });
      this.#isThere(chain, message.seq);
      if (n > after) found.push({ n, bytes: message.data });
    }
    return found;
  }

  async head(chain: string): Promise<Uint8Array | undefined> {
    const query = { last_by_subj: this.#subject('auditheads', chain) };
    return (await findMessage(this.#link, auditStream(this.#space, 'auditheads'), query))?.data;
  }

  async chains(): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const kind of ['audit', 'auditheads'] as const) {
      for (const subject of await this.#subjects(kind))
        names.add(textOfWord(subject.split('.').at(-1) ?? ''));
    }
    return [...names].sort();
  }

  #isThere(chain: string, seq: number): void {
    this.#lasts.set(chain, Math.max(seq, this.#lasts.get(chain) ?? 0));
  }

  async #put(
    kind: Kind,
    chain: string,
    { n, bytes, last }: AuditPage & { readonly last?: number },
  ): Promise<number> {
    const about: MsgHdrs = headers();
    about.set(NUMBER, String(n));
    // A page that was given up and arrives late must not come after what was written meanwhile.
    if (last !== undefined) about.set(LAST_OF_SUBJECT, String(last));
    const answer = parseAnswer(await this.#link.request(this.#subject(kind, chain), bytes, about));
    if (answer.error !== undefined) throw refused('the audit log cannot be written', answer.error);
    if (answer.stream !== auditStream(this.#space, kind) || answer.seq === undefined) {
      throw unavailable(`the subject of the audit log belongs to another stream: ${answer.stream}`);
    }
    return answer.seq;
  }

  /** The number in the stream of the chain's last page; 0 where there is none. */
  async #lastSeq(chain: string): Promise<number> {
    const query = { last_by_subj: this.#subject('audit', chain) };
    return (await findMessage(this.#link, auditStream(this.#space, 'audit'), query))?.seq ?? 0;
  }

  /** The chain's first page from a number of the stream on. */
  async #next(chain: string, seq: number): Promise<StoredMsg | undefined> {
    const query = { seq, next_by_subj: this.#subject('audit', chain) };
    return await findMessage(this.#link, auditStream(this.#space, 'audit'), query);
  }

  async #subjects(kind: Kind): Promise<readonly string[]> {
    try {
      const asked = this.#link.manager.streams.info(auditStream(this.#space, kind), { subjects_filter: '>' });
      return Object.keys((await this.#link.orAway(asked)).state.subjects ?? {});
    } catch (error) {
      throw unavailable('the audit log cannot be read', error);
    }
  }

  /** What is not purged now is purged next time, and costs room meanwhile. */
  async #forgetHeads(chain: string): Promise<void> {
    const filter = this.#subject('auditheads', chain);
    const asked = this.#link.manager.streams.purge(auditStream(this.#space, 'auditheads'), {
      filter,
      keep: 1,
    });
    await this.#link.orAway(asked).catch(() => {
      this.#heads -= 1;
    });
  }

  #subject(kind: Kind, chain: string): string {
    return subjectOf(this.#space, kind, subjectWord(chain));
  }
}
