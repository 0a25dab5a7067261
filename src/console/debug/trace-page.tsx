import { useEffect, useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { go, place } from '../router.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';
import { isGrowing, type Trace } from './trace.ts';
import { TraceView } from './trace-view.tsx';

/** History has an event about a second after it was applied; the page looks again until it is there. */
const LOOK_AGAIN_MS = 1_000;
const ROUNDS_MAX = 30;

/** `#/debug/trace/<event id>?source=…`: the way of one event through the engine. */
export function TracePage() {
  const { debug: texts } = words.value;
  const { args, query } = place.value;
  const id = args[1] ?? '';
  const source = query.get('source') ?? '';
  return (
    <>
      <TraceForm key={`${source} ${id}`} id={id} source={source} />
      {id === '' ? <p class="quiet">{texts.traceHint}</p> : <FoundTraces id={id} source={source} />}
    </>
  );
}

interface Asked {
  readonly id: string;
  readonly source: string;
}

function TraceForm({ id, source }: Asked) {
  const texts = words.value.debug;
  const [typedId, setId] = useState(id);
  const [typedSource, setSource] = useState(source);
  return (
    <form
      class="row search"
      onSubmit={(event) => {
        event.preventDefault();
        if (typedId.trim() === '') return;
        go(
          'debug',
          ['trace', typedId.trim()],
          typedSource.trim() === '' ? {} : { source: typedSource.trim() },
        );
      }}
    >
      <label>
        {texts.eventId}
        <input value={typedId} onInput={({ currentTarget }) => setId(currentTarget.value)} />
      </label>
      <label>
        {texts.source}
        <input value={typedSource} onInput={({ currentTarget }) => setSource(currentTarget.value)} />
      </label>
      <button type="submit" class="first">
        {texts.trace}
      </button>
    </form>
  );
}

function FoundTraces({ id, source }: Asked) {
  const texts = words.value.debug;
  const [round, setRound] = useState(0);
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly traces: readonly Trace[] }>('GET /v1/events/{event_id}/trace', {
        path: { event_id: id },
        query: source === '' ? {} : { source },
        signal,
      }),
    [id, source],
    [round],
  );
  const { loaded, reload } = found;
  const growing = loaded.state === 'ready' && loaded.value.traces.some(isGrowing);
  useEffect(() => {
    if (!growing || round >= ROUNDS_MAX) return;
    const timer = setTimeout(() => setRound((n) => n + 1), LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [growing, round]);
  if (loaded.state === 'failed' && loaded.error.status === 404) {
    return (
      <Card title={id} wide>
        <p role="status">{texts.untraced}</p>
        <button type="button" onClick={reload}>
          {words.value.retry}
        </button>
      </Card>
    );
  }
  return (
    <LoadedView of={found}>
      {({ traces }) =>
        traces.map((trace, i) => <TraceView key={`${trace.source} ${i}`} id={id} trace={trace} />)
      }
    </LoadedView>
  );
}
