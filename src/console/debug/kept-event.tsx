import { Card } from '../parts/card.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { Data, Parts } from '../parts/data.tsx';
import { visible } from '../parts/data-text.ts';
import { Fact } from '../parts/fact.tsx';
import { Failure, LoadedView } from '../parts/loaded-view.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLoad } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { ask, may } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { FaultText } from './fault-text.tsx';

interface Kept {
  readonly id: string;
  /** What its sender calls it, where that is known. */
  readonly event_id?: string;
  readonly type: string;
  readonly source: string;
  readonly channel: string;
  readonly received_at: number;
  readonly code: string;
  readonly path?: string;
  readonly message?: string;
  readonly state: 'waiting' | 'replayed' | 'given_up';
  readonly route?: string;
  readonly payload: unknown;
  readonly masked: boolean;
  readonly tried: readonly {
    readonly at: number;
    readonly author: string;
    readonly status: string;
    readonly code?: string;
  }[];
}

interface Replayed {
  readonly status: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly path?: string;
}

interface KeptEventProps {
  readonly id: string;
  /** It was sent on its way again. */
  readonly done: () => void;
}

/** One kept event: why, how it came, what it says, what was tried, and another try. */
export function KeptEvent({ id, done }: KeptEventProps) {
  const found = useLoad(
    async (signal) => await ask<Kept>('GET /v1/quarantine/{id}', { path: { id }, signal }),
    [id],
  );
  return (
    <Card title={id} wide>
      <LoadedView of={found}>{(event) => <Details event={event} done={done} />}</LoadedView>
    </Card>
  );
}

function Details({ event, done }: { readonly event: Kept; readonly done: () => void }) {
  const { debug: texts, customer } = words.value;
  const { code, path, message, state, tried, payload, masked } = event;
  return (
    <>
      <p class="bad">
        {code}{' '}
        {path !== undefined && path !== '' && (
          <code>
            <Data value={path} />
          </code>
        )}
      </p>
      <FaultText code={code} message={message} />
      <dl class="facts">
        {event.event_id !== undefined && <Fact name={texts.eventId} value={event.event_id} />}
        <Fact name={texts.at} value={formatMoment(event.received_at)} />
        <Fact name={texts.type} value={event.type || '–'} />
        <Fact name={texts.source} value={<Parts of={[event.source, event.channel, event.route]} />} />
        <Fact name={texts.state} value={texts.states[state]} />
      </dl>
      <p>
        <a href={addressOf('debug', ['trace', event.event_id ?? event.id])}>{texts.traceIt}</a>
      </p>
      {tried.length > 0 && (
        <ul class="small" aria-label={texts.attempts}>
          {tried.map((attempt) => (
            <li key={attempt.at}>
              <Parts of={[formatMoment(attempt.at), attempt.author, attempt.status, attempt.code]} />
            </li>
          ))}
        </ul>
      )}
      {masked && <p class="small quiet">{customer.masked}</p>}
      <pre>{visible(JSON.stringify(payload, null, 2))}</pre>
      {may('admin') && state !== 'replayed' && <ReplayOne id={event.id} done={done} />}
    </>
  );
}

function ReplayOne({ id, done }: KeptEventProps) {
  const texts = words.value.debug;
  const { run, running, result, problem } = useAction<Replayed | undefined>();
  const isIn = result?.status === 'accepted' && result.outcome === 'applied';
  const replay = async (): Promise<Replayed | undefined> => {
    const { replayed } = await ask<{ readonly replayed: readonly Replayed[] }>(
      'POST /v1/quarantine/replays',
      {
        body: { ids: [id] },
      },
    );
    done();
    return replayed[0];
  };
  return (
    <div class="row">
      {!isIn && (
        <ConfirmButton
          label={texts.replayOne}
          question={texts.reallyReplayOne}
          disabled={running}
          act={() => run(replay)}
        />
      )}
      <span role="status">
        {result !== undefined &&
          texts.replayDone(
            [result.status, result.outcome, result.code, result.path].filter(Boolean).join(' · '),
          )}
      </span>
      {problem !== undefined && <Failure error={problem} />}
    </div>
  );
}
