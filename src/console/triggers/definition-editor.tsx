import { useState } from 'preact/hooks';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Failure, LoadedView } from '../parts/loaded-view.tsx';
import { toApiError, useLoad } from '../parts/use-load.ts';
import { go } from '../router.ts';
import { currentClient, may } from '../session.ts';
import { words } from '../words/words.ts';
import { BacktestCard } from './backtest-card.tsx';
import { BEGINNINGS, type Draft, draftOf, draftOfText, type Fields, fieldOf, NEW } from './draft.ts';
import { DraftForm } from './draft-form.tsx';
import { SegmentPreview } from './segment-preview.tsx';
import type { Kind } from './triggers-page.tsx';
import { useCheck } from './use-check.ts';
import { VerdictView } from './verdict-view.tsx';

interface EditorProps {
  readonly kind: Kind;
  readonly name: string;
}

export function DefinitionEditor({ kind, name }: EditorProps) {
  const engine = currentClient();
  const found = useLoad<Fields>(
    async () => (name === NEW ? BEGINNINGS[kind] : ((await engine.definitions.get(kind, name)) ?? {})),
    [engine, kind, name],
  );
  return (
    <LoadedView of={found}>
      {(definition) => <Editor kind={kind} name={name} inForce={definition} />}
    </LoadedView>
  );
}

function Editor({ kind, name, inForce }: EditorProps & { readonly inForce: Fields }) {
  const texts = words.value.define;
  const [draft, setDraft] = useState<Draft>(() => draftOf(inForce));
  const verdict = useCheck(kind, draft);
  return (
    <>
      {!may('define') && <p class="notice">{texts.readOnly}</p>}
      <div class="grid">
        <Card title={texts.form}>
          <DraftForm kind={kind} draft={draft} change={setDraft} />
          <Buttons kind={kind} name={name} draft={draft} ready={verdict.state === 'valid'} />
        </Card>
        <Card title={texts.yaml}>
          <textarea
            class="yaml"
            aria-label={texts.yaml}
            spellcheck={false}
            rows={22}
            value={draft.text}
            onInput={({ currentTarget }) => setDraft(draftOfText(currentTarget.value))}
          />
        </Card>
        <Card title={texts.changes}>
          <VerdictView verdict={verdict} />
        </Card>
        {kind === 'segments' && may('define') && <SegmentPreview draft={draft} />}
        {kind === 'triggers' && may('define') && <BacktestCard draft={draft} />}
      </div>
    </>
  );
}

interface ButtonsProps extends EditorProps {
  readonly draft: Draft;
  readonly ready: boolean;
}

function Buttons({ kind, name, draft, ready }: ButtonsProps) {
  const texts = words.value.define;
  const engine = currentClient();
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState<TesseraApiError>();
  const [asking, setAsking] = useState(false);
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    setProblem(undefined);
    setSaid('');
    try {
      await work();
    } catch (error) {
      setProblem(toApiError(error));
    }
  };
  const save = (): Promise<void> =>
    act(async () => {
      const named = fieldOf(draft.fields, ['name']);
      await engine.definitions.put(kind, { ...draft.fields, name: named });
      setSaid(texts.saved);
      if (named !== name) go('triggers', [kind, named]);
    });
  const remove = (): Promise<void> =>
    act(async () => {
      await engine.definitions.remove(kind, name);
      go('triggers', [kind]);
    });
  return (
    <>
      <div class="row">
        <button type="button" class="first" disabled={!ready || !may('define')} onClick={save}>
          {texts.save}
        </button>
        {name !== NEW &&
          may('define') &&
          (asking ? (
            <>
              <button type="button" class="danger" onClick={remove}>
                {texts.reallyRemove}
              </button>
              <button type="button" onClick={() => setAsking(false)}>
                {words.value.cancel}
              </button>
            </>
          ) : (
            <button type="button" class="danger" onClick={() => setAsking(true)}>
              {texts.remove}
            </button>
          ))}
      </div>
      <p role="status" class="good">
        {said}
      </p>
      {problem !== undefined && <Failure error={problem} />}
    </>
  );
}
