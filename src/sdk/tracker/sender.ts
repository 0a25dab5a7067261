/**
 * Brings the queue to the engine. One tab sends at a time, where the browser has locks; what is sent twice all the same
 * (a page was closed before the answer came) has the id that it had, so the engine counts it once. An event leaves the
 * queue only when the engine has said that it has it, or that it will never take it.
 */
import { type Batch, bodyOf, takeBatch } from './batch.ts';
import type { EventQueue } from './event-queue.ts';
import { inOneTab } from './one-tab.ts';
import { type Answer, postEvents } from './post-events.ts';
import type { Rest } from './rest.ts';
import { trackerLimits } from './tracker-limits.ts';

export interface SenderOptions {
  readonly queue: EventQueue;
  readonly rest: Rest;
  /** Where events go, the write key included. */
  readonly url: string;
  /** Name of the lock that tabs share. */
  readonly lock: string;
}

export interface Sender {
  /** There is something to send soon. */
  wake(): void;
  /** Sends now what may be sent, and ends when all of it is answered or has to wait. */
  flush(): Promise<void>;
  /** The network is back. */
  online(): void;
  /** The page may be closed after this: sends what this tab has added, without waiting for other tabs. */
  leave(): void;
}

export function createSender(options: SenderOptions): Sender {
  const { queue, rest, lock } = options;
  const courier = createCourier(options);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  /** The network came back while a request was under way, which may still fail for want of it. */
  let reconnected = false;

  const later = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), ms);
  };
  const drain = async (): Promise<void> => {
    while (rest.ms() === 0) {
      const batch = courier.take(queue.waiting('all'));
      if (batch.length === 0) return;
      await courier.post(batch);
    }
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (busy) return later(trackerLimits.busyMs);
    busy = true;
    try {
      await inOneTab(lock, drain);
    } finally {
      busy = false;
    }
    if (reconnected) return online();
    if (queue.waiting('all').length > 0) later(Math.max(rest.ms(), trackerLimits.busyMs));
  };
  const online = (): Promise<void> => {
    reconnected = busy;
    rest.online();
    return flush();
  };
  return {
    wake() {
      if (timer === undefined) later(Math.max(rest.ms(), trackerLimits.batchMs));
    },
    flush,
    online: () => void online(),
    leave() {
      const waiting = queue.waiting('own');
      const mayGo = rest.ms() > 0 ? waiting.filter(({ name }) => queue.isFleeting(name)) : waiting;
      for (let i = 0; i < trackerLimits.leaveRequestsMax; i += 1) {
        const batch = courier.take(mayGo);
        if (batch.length > 0) courier.postLast(batch);
      }
    },
  };
}

interface Courier {
  /** What the next request takes; nothing that is on its way. */
  take(waiting: Batch): Batch;
  post(batch: Batch): Promise<void>;
  /** For a page that is left: it need not live until the answer comes. */
  postLast(batch: Batch): void;
}

function createCourier({ queue, rest, url }: SenderOptions): Courier {
  const underWay = new Set<string>();
  let eventsMax: number = trackerLimits.batchEventsMax;

  const settle = (batch: Batch, answer: Answer): void => {
    const { status } = answer;
    const names = batch.map(({ name }) => name);
    if (status >= 200 && status < 300) {
      eventsMax = trackerLimits.batchEventsMax;
      rest.succeeded();
      queue.remove(names);
    } else if (status === 413 && batch.length > 1) {
      eventsMax = Math.ceil(batch.length / 2);
    } else if (status === 400 || status === 413) {
      // The engine refuses no batch for one bad event: this one would never be taken.
      queue.remove(names);
    } else {
      rest.failed(answer);
    }
  };
  const post = async (batch: Batch): Promise<void> => {
    for (const { name } of batch) underWay.add(name);
    settle(batch, await postEvents(url, bodyOf(batch)));
    for (const { name } of batch) underWay.delete(name);
  };
  return {
    take: (waiting) => takeBatch(waiting, { underWay, eventsMax }),
    post,
    postLast(batch) {
      if ('keepalive' in Request.prototype) {
        void post(batch);
        return;
      }
      // Nobody will hear the answer: the events stay, and this page or the next one sends them again.
      navigator.sendBeacon(url, bodyOf(batch));
      for (const { name } of batch) underWay.add(name);
      setTimeout(() => {
        for (const { name } of batch) underWay.delete(name);
      }, trackerLimits.requestMs);
    },
  };
}
