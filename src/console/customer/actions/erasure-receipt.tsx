import { useEffect, useState } from 'preact/hooks';
import { Card } from '../../parts/card.tsx';
import { Fact } from '../../parts/fact.tsx';
import { Failure } from '../../parts/loaded-view.tsx';
import { useLoad } from '../../parts/use-load.ts';
import { addressOf } from '../../router.ts';
import { ask } from '../../session.ts';
import { formatMoment, formatNumber, words } from '../../words/words.ts';
import type { Erasure } from './erase-dialog.tsx';

const LOOK_EVERY_MS = 1_000;

/** All that is left of somebody: that they were erased, and how much went. Followed until it is done. */
export function ErasureReceipt({ first }: { readonly first: Erasure }) {
  const texts = words.value.customer.erasing;
  const [looks, setLooks] = useState(0);
  const { loaded } = useLoad(
    async (signal) =>
      looks === 0
        ? first
        : await ask<Erasure>('GET /v1/privacy/erasures/{id}', { path: { id: first.id }, signal }),
    [first.id],
    [looks],
  );
  const erasure = loaded.state === 'ready' ? loaded.value : first;
  useEffect(() => {
    if (loaded.state === 'loading' || erasure.status === 'done') return;
    const timer = setTimeout(() => setLooks((n) => n + 1), LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [loaded]);
  return (
    <Card title={texts.receipt}>
      {loaded.state === 'failed' && <Failure error={loaded.error} />}
      <p role="status">{erasure.status === 'done' ? texts.done : texts.running}</p>
      <Facts erasure={erasure} />
      <p>
        <a href={addressOf('customer')}>{texts.back}</a>
      </p>
    </Card>
  );
}

function Facts({ erasure }: { readonly erasure: Erasure }) {
  const texts = words.value.customer.erasing;
  const { id, author, requested_at, done_at, profiles, identifiers, counts = {} } = erasure;
  const names: Readonly<Record<string, string>> = texts.counts;
  return (
    <dl class="facts">
      <Fact name={texts.id} value={id} />
      <Fact name={texts.by} value={author} />
      <Fact name={texts.at} value={formatMoment(requested_at)} />
      <Fact name={texts.doneAt} value={done_at === null ? '–' : formatMoment(done_at)} />
      <Fact name={texts.profiles} value={profiles.join(', ')} />
      <Fact name={texts.identifiers} value={formatNumber(identifiers)} />
      {Object.entries(counts).map(([name, count]) => (
        <Fact key={name} name={names[name] ?? name} value={formatNumber(count)} />
      ))}
    </dl>
  );
}
