import type { NodeStatus } from './http-role.ts';
import { registerHistoryLag } from './serve/history-lag.ts';
import type { Metrics } from './serve/metrics.ts';
import type { ReadServices } from './serve/services.ts';

/** Connects what is read when somebody scrapes. */
export function observeEngine(
  metrics: Metrics,
  status: NodeStatus,
  services: Pick<ReadServices, 'segments' | 'webhooks'>,
): void {
  observeNode(metrics, status);
  observeSegments(metrics, services);
  observeWebhooks(metrics, services);
}

/** Counts lie in the store: a scrape shows what the one before it has asked for. */
function observeSegments(metrics: Metrics, { segments }: Pick<ReadServices, 'segments'>): void {
  let latest: Readonly<Record<string, number>> = {};
  const refresh = (): void => {
    segments.counts().then(
      (counts) => {
        latest = Object.fromEntries(counts);
      },
      // What cannot be read now is read at the next scrape.
      () => undefined,
    );
  };
  metrics.gauges('tessera_segment_members', 'Profiles in each segment, as of the scrape before this one.', {
    label: 'segment',
    read: () => {
      refresh();
      return latest;
    },
  });
}

function observeNode(metrics: Metrics, status: NodeStatus): void {
  metrics.observe({
    readerLag: () => status.lag(),
    logBytes: () => status.logBytes(),
    spoolBytes: () => status.spoolBytes(),
    cacheEntries: () => ({ state: status.cacheEntries() }),
  });
  registerHistoryLag(metrics, () => status.historyLag());
  metrics.gauge(
    'tessera_history_rows_inserted',
    'Rows that this process put into history.',
    () => status.historyRows().inserted,
  );
  metrics.gauge(
    'tessera_history_rows_repaired',
    'Rows that a torn insert had left out, put in on recovery.',
    () => status.historyRows().repaired,
  );
}

/** Endpoints lie in the store: a scrape shows what the one before it has asked for. */
function observeWebhooks(metrics: Metrics, { webhooks }: Pick<ReadServices, 'webhooks'>): void {
  let latest: readonly Readonly<Record<string, unknown>>[] = [];
  const refresh = (): void => {
    webhooks.list().then(
      (list) => {
        latest = list;
      },
      // What cannot be read now is read at the next scrape.
      () => undefined,
    );
  };
  const gauges = (name: string, help: string, read: (webhook: Readonly<Record<string, unknown>>) => number) =>
    metrics.gauges(name, `${help}, as of the scrape before this one.`, {
      label: 'webhook',
      read: () => Object.fromEntries(latest.map((webhook) => [String(webhook.name), read(webhook)])),
    });
  metrics.gauges(
    'tessera_webhook_waiting',
    'Messages that wait for an endpoint, as of the scrape before this one.',
    {
      label: 'webhook',
      read: () => {
        refresh();
        return Object.fromEntries(latest.map(({ name, waiting }) => [String(name), Number(waiting)]));
      },
    },
  );
  gauges('tessera_webhook_dead', 'Messages that nobody tries to bring any more', ({ dead }) => Number(dead));
  gauges('tessera_webhook_open', '1 while an endpoint is left alone or has gone, 0 otherwise', ({ state }) =>
    state === 'open' || state === 'gone' ? 1 : 0,
  );
}
