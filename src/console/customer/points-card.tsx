import { Card } from '../parts/card.tsx';
import { Parts } from '../parts/data.tsx';
import { Fact } from '../parts/fact.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatDay, formatMoment, formatNumber, words } from '../words/words.ts';
import type { AboutProfile } from './timeline.tsx';

interface Lot {
  readonly lot: string;
  readonly earned_at: number;
  readonly by: string;
  readonly order_id?: string;
  readonly points: number;
  readonly pending: number;
  readonly available: number;
  readonly expires_at?: number | null;
}

interface LedgerEntry {
  readonly at: number;
  readonly kind: string;
  readonly change: number;
  readonly lot?: string;
  readonly order_id?: string;
  readonly event_id: string;
  readonly by?: string;
  readonly reason?: string;
}

interface Statement {
  readonly points: number;
  readonly pending: number;
  readonly debt: number;
  readonly tier?: string | null;
  readonly tier_until?: number | null;
  readonly next_tier?: { readonly tier: string; readonly missing: string } | null;
  readonly expiring?: { readonly points: number; readonly at: number } | null;
  readonly lots: readonly Lot[];
  readonly entries: readonly LedgerEntry[];
}

const ENTRIES_SHOWN = 100;

/** The balance, the lots that it consists of, and every entry that led there. */
export function PointsCard({ profile, changes }: AboutProfile) {
  const texts = words.value.customer;
  const found = useLoad(
    async (signal) =>
      await ask<Statement>('GET /v1/profiles/{id}/points', {
        path: { id: profile },
        query: { limit: ENTRIES_SHOWN },
        signal,
      }),
    [profile],
    [changes],
  );
  return (
    <Card title={texts.value}>
      <LoadedView of={found}>
        {(statement) => (
          <>
            <Balance {...statement} />
            {statement.lots.length > 0 && <Lots lots={statement.lots} />}
            {statement.entries.length > 0 && <Ledger entries={statement.entries} />}
          </>
        )}
      </LoadedView>
    </Card>
  );
}

function Balance({ points, pending, debt, tier, tier_until, next_tier, expiring }: Statement) {
  const texts = words.value.customer;
  return (
    <dl class="facts">
      <Fact name={texts.points} value={formatNumber(points)} />
      <Fact name={texts.pending} value={formatNumber(pending)} />
      {debt > 0 && <Fact name={texts.debt} value={formatNumber(debt)} />}
      {tier != null && <Fact name={texts.tier} value={tier} />}
      {tier_until != null && <Fact name={texts.tierUntil} value={formatDay(tier_until)} />}
      {next_tier != null && (
        <Fact name={texts.nextTier} value={<Parts of={[next_tier.tier, next_tier.missing]} between=": " />} />
      )}
      {expiring != null && (
        <Fact name={texts.expiring} value={`${formatNumber(expiring.points)} · ${formatDay(expiring.at)}`} />
      )}
    </dl>
  );
}

function Lots({ lots }: Pick<Statement, 'lots'>) {
  const texts = words.value.customer;
  return (
    <details>
      <summary>{texts.lots}</summary>
      <Table
        label={texts.lots}
        rows={lots}
        keyOf={({ lot }) => lot}
        columns={[
          { title: texts.earned, cell: ({ earned_at }) => formatMoment(earned_at) },
          { title: texts.reason, cell: ({ by, order_id = '' }) => <Parts of={[by, order_id]} between=" " /> },
          { title: texts.points, cell: ({ points }) => formatNumber(points), number: true },
          { title: texts.pending, cell: ({ pending }) => formatNumber(pending), number: true },
          { title: texts.available, cell: ({ available }) => formatNumber(available), number: true },
          {
            title: texts.expires,
            cell: ({ expires_at }) => (expires_at == null ? '–' : formatDay(expires_at)),
          },
        ]}
      />
    </details>
  );
}

function Ledger({ entries }: Pick<Statement, 'entries'>) {
  const texts = words.value.customer;
  return (
    <details>
      <summary>{texts.ledger}</summary>
      <Table
        label={texts.ledger}
        // Entries have no name of their own: what they say and where they stand tells them apart.
        rows={entries.map((entry, place) => ({ ...entry, place }))}
        keyOf={({ event_id, kind, place }) => `${event_id} ${kind} ${entries.length - place}`}
        columns={[
          { title: texts.since, cell: ({ at }) => formatMoment(at) },
          { title: texts.entry, cell: ({ kind }) => kind },
          { title: texts.change, cell: ({ change }) => formatNumber(change), number: true },
          {
            title: texts.reason,
            cell: ({ by, order_id, reason }) => <Parts of={[by, order_id, reason]} />,
          },
        ]}
      />
    </details>
  );
}
