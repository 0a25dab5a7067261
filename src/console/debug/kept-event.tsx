import { Card } from '../parts/card.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { Fact } from '../parts/fact.tsx';
import { Failure, LoadedView } from '../parts/loaded-view.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLoad } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { ask, may } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';

interface Kept {
  readonly id: string;
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
  const eventId = idOf(payload);
  return (
    <>
      <p class="bad">
        {code} {path !== undefined && path !== '' && <code>{path}</code>}
      </p>
      {message !== undefined && <p>{message}</p>}
      <dl class="facts">
        <Fact name={texts.at} value={formatMoment(event.received_at)} />
        <Fact name={texts.type} value={event.type || '–'} />
        <Fact
          name={texts.source}
          value={[event.source, event.channel, event.route].filter(Boolean).join(' · ')}
        />
        <Fact name={texts.state} value={texts.states[state]} />
      </dl>
      {eventId !== undefined && (
        <p>
          <a href={addressOf('debug', ['trace', eventId])}>{texts.traceIt}</a>
        </p>
      )}
      {tried.length > 0 && (
        <ul class="small" aria-label={texts.attempts}>
          {tried.map((attempt) => (
            <li key={attempt.at}>
              {[formatMoment(attempt.at), attempt.author, attempt.status, attempt.code]
                .filter(Boolean)
                .join(' · ')}
            </li>
          ))}
        </ul>
      )}
      {masked && <p class="small quiet">{customer.masked}</p>}
      <pre>{JSON.stringify(payload, null, 2)}</pre>
      {may('admin') && state !== 'replayed' && <ReplayOne id={event.id} done={done} />}
    </>
  );
}

/** What was kept may be anything at all. */
function idOf(payload: unknown): string | undefined {
  const id = typeof payload === 'object' && payload !== null && 'id' in payload ? payload.id : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
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
