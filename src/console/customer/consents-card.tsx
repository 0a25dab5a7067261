import { Card } from '../parts/card.tsx';
import { Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import type { AboutProfile } from './timeline.tsx';

interface Said {
  readonly since: number;
  readonly source: string;
  readonly text_version?: string;
  /** Nothing proved that it was they who said it. */
  readonly stated: boolean;
}

interface PastWord {
  readonly kind: string;
  readonly name: string;
  readonly given: boolean | number;
  readonly version?: number;
  readonly text_version: string;
  readonly method: string;
  readonly author: string;
  readonly reason: string;
  readonly source: string;
  readonly channel: string;
  readonly event_id: string;
  readonly time: number;
}

interface Consents {
  readonly consents: readonly (Said & { readonly name: string; readonly given: boolean })[];
  readonly notices: readonly (Said & { readonly notice: string; readonly version: number })[];
  readonly withheld: Readonly<Record<string, string>>;
  readonly history: readonly PastWord[];
}

const WORDS_SHOWN = 100;

/** What they agreed to, for which purpose and channel, when, where and to which text; and all that was said before. */
export function ConsentsCard({ profile, changes }: AboutProfile) {
  const texts = words.value.customer;
  const found = useLoad(
    async (signal) =>
      await ask<Consents>('GET /v1/profiles/{id}/consents', {
        path: { id: profile },
        query: { limit: WORDS_SHOWN },
        signal,
      }),
    [profile],
    [changes],
  );
  return (
    <Card title={texts.consents} wide>
      <LoadedView of={found}>
        {({ consents, notices, withheld, history }) => (
          <>
            <Table
              label={texts.consents}
              rows={[
                ...consents.map(({ name, given, ...said }) => ({ name, said, what: givenText(given) })),
                ...notices.map(({ notice, version, ...said }) => ({
                  name: notice,
                  said,
                  what: texts.told(isolated(String(version))),
                })),
              ]}
              keyOf={({ name, what }) => `${name} ${what}`}
              empty={texts.noConsents}
              columns={[
                { title: texts.purpose, cell: ({ name }) => name },
                { title: texts.consents, cell: ({ what }) => what },
                { title: texts.since, cell: ({ said }) => formatMoment(said.since) },
                { title: texts.source, cell: ({ said }) => said.source },
                { title: texts.textVersion, cell: ({ said }) => said.text_version ?? '–' },
                { title: texts.saidSo, cell: ({ said }) => (said.stated ? texts.stated : texts.proved) },
              ]}
            />
            <Withheld withheld={withheld} />
            {history.length > 0 && <PastWords history={history} />}
          </>
        )}
      </LoadedView>
    </Card>
  );
}

function givenText(given: boolean | number): string {
  const { granted, denied } = words.value.customer;
  return given === true || given === 1 ? granted : denied;
}

function Withheld({ withheld }: Pick<Consents, 'withheld'>) {
  const fields = Object.entries(withheld);
  if (fields.length === 0) return null;
  return (
    <p class="small">
      <span class="quiet">{words.value.customer.withheld}:</span>{' '}
      {fields.map(([name, reason]) => (
        <span class="chip" key={name}>
          <Parts of={[name, reason]} between=": " />
        </span>
      ))}
    </p>
  );
}

function PastWords({ history }: Pick<Consents, 'history'>) {
  const texts = words.value.customer;
  return (
    <details>
      <summary>{texts.earlier}</summary>
      <Table
        label={texts.earlier}
        rows={history}
        keyOf={({ event_id, name, time }) => `${event_id} ${name} ${time}`}
        columns={[
          { title: texts.since, cell: ({ time }) => formatMoment(time) },
          { title: texts.purpose, cell: ({ name }) => name },
          {
            title: texts.consents,
            cell: ({ kind, given, version }) =>
              kind === 'notice' ? texts.told(String(version ?? '')) : givenText(given),
          },
          {
            title: texts.source,
            cell: ({ source, channel, method, author }) => (
              <Parts of={[...new Set([source, channel, method, author])]} />
            ),
          },
          { title: texts.textVersion, cell: ({ text_version }) => text_version || '–' },
          { title: texts.reason, cell: ({ reason }) => reason || '–' },
        ]}
      />
    </details>
  );
}
