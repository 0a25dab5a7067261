import { useRef, useState } from 'preact/hooks';
import { leave } from '../leaving.ts';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { currentClient, may } from '../session.ts';
import { words } from '../words/words.ts';
import { BacktestCard } from './backtest-card.tsx';
import { BEGINNINGS, type Draft, draftOfText, type Fields, NEW } from './draft.ts';
import { DraftForm } from './draft-form.tsx';
import { EditorButtons } from './editor-buttons.tsx';
import { FeatureCard } from './feature-card.tsx';
import { FeaturePreview } from './feature-preview.tsx';
import { ResultsCard } from './results-card.tsx';
import { SegmentPreview } from './segment-preview.tsx';
import { SwitchButton } from './switch-button.tsx';
import { TriggerPreview } from './trigger-preview.tsx';
import type { Kind } from './triggers-page.tsx';
import { useCheck } from './use-check.ts';
import { useDraft } from './use-draft.ts';
import { VerdictView } from './verdict-view.tsx';
import { VersionsCard } from './versions-card.tsx';

interface EditorProps {
  readonly kind: Kind;
  readonly name: string;
}

export function DefinitionEditor({ kind, name }: EditorProps) {
  const engine = currentClient();
  const found = useLoad<Fields>(
    async () => (name === NEW ? BEGINNINGS[kind] : await engine.definitions.get(kind, name)),
    [engine, kind, name],
  );
  // What was taken back is not in force, but its versions lead back to it.
  const [revived, setRevived] = useState<Fields>();
  if (revived !== undefined) return <Editor kind={kind} name={name} inForce={revived} />;
  const gone = found.loaded.state === 'failed' && found.loaded.error.status === 404;
  return (
    <>
      <LoadedView of={found}>
        {(definition) => <Editor kind={kind} name={name} inForce={definition} />}
      </LoadedView>
      {gone && (
        <VersionsCard kind={kind} name={name} round={0} take={may('define') ? setRevived : undefined} />
      )}
    </>
  );
}

function Editor({ kind, name, inForce }: EditorProps & { readonly inForce: Fields }) {
  const texts = words.value.define;
  const { draft, change, keep, replace, turn } = useDraft(inForce);
  const [on, setOn] = useState(inForce.enabled !== false);
  const [round, setRound] = useState(0);
  const [taken, setTaken] = useState<number>();
  const verdict = useCheck(kind, draft, round);
  const text = useRef<HTMLTextAreaElement>(null);
  const saved = (): void => {
    setRound((n) => n + 1);
    keep();
    setTaken(undefined);
    setOn(draft.fields?.enabled !== false);
  };
  const take = (definition: Fields, version: number): void =>
    leave(() => {
      replace(definition);
      setTaken(version);
      text.current?.focus();
    });
  const switched = (next: boolean): void => {
    setOn(next);
    turn(next);
    setRound((n) => n + 1);
  };
  const isNew = name === NEW;
  const problem = verdict.state === 'refused' || verdict.state === 'unreadable';
  return (
    <>
      {!may('define') && <p class="notice">{texts.readOnly}</p>}
      {kind === 'triggers' && !isNew && <SwitchLine name={name} on={on} switched={switched} />}
      <div class="grid">
        <Card title={texts.form}>
          <DraftForm kind={kind} draft={draft} change={change} />
          <EditorButtons
            kind={kind}
            name={name}
            draft={draft}
            ready={verdict.state === 'valid' && verdict.changes.length > 0}
            saved={saved}
          />
        </Card>
        <Card title={texts.yaml}>
          {taken !== undefined && <p role="status">{texts.taken(taken)}</p>}
          <textarea
            ref={text}
            class="yaml"
            aria-label={texts.yaml}
            aria-invalid={problem}
            spellcheck={false}
            rows={22}
            value={draft.text}
            onInput={({ currentTarget }) => change(draftOfText(currentTarget.value))}
          />
        </Card>
        <Card title={texts.changes}>
          {may('define') && <VerdictView verdict={verdict} text={draft.text} />}
        </Card>
        <Trials kind={kind} name={name} draft={draft} inForce={inForce} />
        {!isNew && (
          <VersionsCard kind={kind} name={name} round={round} take={may('define') ? take : undefined} />
        )}
      </div>
    </>
  );
}

interface SwitchLineProps {
  readonly name: string;
  readonly on: boolean;
  readonly switched: (on: boolean) => void;
}

function SwitchLine({ name, on, switched }: SwitchLineProps) {
  const texts = words.value.define;
  return (
    <p class="row">
      <span class={on ? 'good' : 'warn'} role="status">
        {on ? texts.isOn : texts.isOff}
      </span>
      {may('define') && <SwitchButton name={name} on={on} switched={switched} />}
    </p>
  );
}

type TrialsProps = EditorProps & { readonly draft: Draft; readonly inForce: Fields };

/** What the draft would do, and what has come of what is in force. */
function Trials({ kind, name, draft, inForce }: TrialsProps) {
  const inUse = name !== NEW;
  switch (kind) {
    case 'triggers':
      return (
        <>
          {may('define') && <TriggerPreview draft={draft} />}
          {inUse && <ResultsCard name={name} />}
          {may('define') && <BacktestCard draft={draft} />}
        </>
      );
    case 'segments':
      return may('define') ? <SegmentPreview draft={draft} /> : null;
    case 'features':
      return (
        <>
          {may('define') && <FeaturePreview draft={draft} />}
          {inUse && <FeatureCard name={name} inForce={inForce} />}
        </>
      );
  }
}
