import { useEffect, useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { words } from '../words/words.ts';
import { ValueTree } from './value-tree.tsx';

const LOOK_EVERY_MS = 5000;

interface Readiness {
  readonly reasons?: readonly string[];
}

/** What `/readyz` says: every few seconds, since that is when somebody looks here. */
export function Health() {
  const texts = words.value.insight;
  const [look, setLook] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setLook((n) => n + 1), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const found = useLoad(readReadiness, [look]);
  const version = useLoad(async (signal) => await ask<unknown>('GET /version', { signal }), []);
  return (
    <div class="grid">
      <Card title={texts.health} wide>
        <LoadedView of={found}>
          {({ ready, said }) => (
            <>
              <p role="status" class={ready ? 'good' : 'bad'}>
                {ready ? texts.ready : texts.notReady} {said.reasons?.join(', ')}
              </p>
              <ValueTree label={texts.health} value={said} />
            </>
          )}
        </LoadedView>
      </Card>
      <Card title="Tessera">
        <LoadedView of={version}>{(value) => <ValueTree label="Tessera" value={value} />}</LoadedView>
      </Card>
    </div>
  );
}

/** An engine that is not ready answers 503 and says why: an answer, here, and no failure. */
async function readReadiness(
  signal: AbortSignal,
): Promise<{ readonly ready: boolean; readonly said: Readiness }> {
  const response = await fetch('/readyz', { signal });
  return { ready: response.ok, said: (await response.json()) as Readiness };
}
