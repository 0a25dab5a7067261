import type { ComponentChildren } from 'preact';
import { showValue } from '../customer/show-value.ts';
import { FiringCard } from '../live/firing-card.tsx';
import { Card } from '../parts/card.tsx';
import { Data, Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { Fact } from '../parts/fact.tsx';
import { sayingText } from '../parts/saying.tsx';
import { Table } from '../parts/table.tsx';
import { addressOf } from '../router.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import { FaultText } from './fault-text.tsx';
import { StatusText } from './status-text.tsx';
import { stepsOf, type Trace, type TracedFault, type TracedIdentity } from './trace.ts';

interface TraceViewProps {
  readonly id: string;
  readonly trace: Trace;
}

/** One event from the request to history, in the order in which things happened. */
export function TraceView({ id, trace }: TraceViewProps) {
  const texts = words.value.debug;
  const { identity, quarantine, triggers, known } = trace;
  return (
    <Card title={id} wide side={<StatusText status={trace.status} />}>
      <ol class="plain trace">
        <Stage title={texts.stages.request}>
          <Request id={id} trace={trace} />
        </Stage>
        {quarantine !== undefined && (
          <Stage title={texts.stages.quarantine}>
            <Fault fault={quarantine} />
          </Stage>
        )}
        {identity !== undefined && (
          <Stage title={texts.stages.identity}>
            <Identity identity={identity} />
          </Stage>
        )}
        {trace.features !== undefined && (
          <Stage title={texts.stages.features}>
            <Features trace={trace} />
          </Stage>
        )}
        {triggers !== undefined && (
          <Stage title={texts.stages.triggers}>
            <Triggers triggers={triggers} />
          </Stage>
        )}
        {trace.history !== undefined && (
          <Stage title={texts.stages.history}>
            <p>{trace.history.present ? texts.inHistory : texts.notInHistory}</p>
          </Stage>
        )}
      </ol>
      {known?.sentences.map((saying) => (
        <p key={saying.code} class="small quiet">
          {sayingText(saying)}
        </p>
      ))}
    </Card>
  );
}

function Stage({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <li>
      <h3>{title}</h3>
      {children}
    </li>
  );
}

function Request({ id, trace }: TraceViewProps) {
  const texts = words.value.debug;
  const { event_id, type, source, channel, store, position, times, late, code, quarantine } = trace;
  return (
    <>
      <dl class="facts">
        {event_id !== undefined && event_id !== id && (
          <Fact
            name={texts.eventId}
            value={
              <a href={addressOf('debug', ['trace', event_id])}>
                <Data value={event_id} />
              </a>
            }
          />
        )}
        <Fact name={texts.type} value={type || '–'} />
        <Fact name={texts.source} value={<Parts of={[source, channel, store]} />} />
        {position !== undefined && (
          <Fact
            name={texts.position}
            value={`p${position.partition} · ${position.seq} · ${position.index}`}
          />
        )}
      </dl>
      {code !== undefined && quarantine === undefined && (
        <>
          <p class="bad">{code}</p>
          <FaultText code={code} />
        </>
      )}
      {late === true && <p class="warn">{texts.late}</p>}
      <Table
        label={texts.times}
        rows={stepsOf(times)}
        keyOf={({ name }) => name}
        columns={[
          { title: texts.times, cell: ({ name }) => texts.timeNames[name] },
          { title: texts.at, cell: ({ at }) => formatMoment(at) },
          {
            title: texts.took,
            number: true,
            cell: ({ afterMs }) => (afterMs === undefined ? '' : texts.milliseconds(formatNumber(afterMs))),
          },
        ]}
      />
    </>
  );
}

function Fault({ fault: { id, code, path, message } }: { readonly fault: TracedFault }) {
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
      <a href={addressOf('debug', ['quarantine', id])}>{id}</a>
    </>
  );
}

function Identity({ identity }: { readonly identity: TracedIdentity }) {
  const { debug: texts, customer, live } = words.value;
  const { profile_id, profile_id_then, identifiers = [], changes = [], merges = [] } = identity;
  return (
    <>
      {profile_id !== undefined && (
        <p>
          {live.who}: <a href={addressOf('customer', [profile_id])}>{profile_id}</a>
        </p>
      )}
      {profile_id_then !== undefined && profile_id_then !== profile_id && (
        <p class="small quiet">{texts.whoseThen(profile_id_then)}</p>
      )}
      <div>
        {identifiers.map(({ type, value, verified }) => (
          <span key={`${type} ${value}`} class="chip">
            <Parts of={[type, value]} between=": " />
            {verified === true && <span class="quiet"> · {customer.verified}</span>}
          </span>
        ))}
      </div>
      <ul class="plain small">
        {merges.map(({ winner, loser, rule }) => (
          <li key={loser}>
            <Parts of={[texts.merged(loser, winner), rule]} />
          </li>
        ))}
        {changes.map(({ change, rule, reason }, i) => (
          <li key={`${change} ${i}`}>
            <Parts of={[change, rule, reason]} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Features({ trace: { features = [], segments = [], points = [] } }: Pick<TraceViewProps, 'trace'>) {
  const { debug: texts, define, customer } = words.value;
  const turns: Readonly<Record<string, string>> = words.value.turns;
  return (
    <>
      <p class="small quiet">{texts.featuresNow}</p>
      <Table
        label={texts.stages.features}
        rows={features}
        keyOf={({ feature }) => feature}
        empty={texts.noFeatures}
        columns={[
          { title: define.name, cell: ({ feature }) => feature },
          {
            title: define.valueColumn,
            cell: ({ value, partial }) => (
              <>
                <Data value={showValue(value)} />{' '}
                {partial === true && <span class="small quiet">{customer.partial}</span>}
              </>
            ),
          },
        ]}
      />
      <ul class="plain small">
        {segments.map(({ segment, change }) => (
          <li key={`${segment} ${change}`}>
            {texts.segmentChange(isolated(segment), turns[change] ?? isolated(change))}
          </li>
        ))}
        {points.map(({ kind, points: count, reason }, i) => (
          <li key={`${kind} ${i}`}>
            <Parts of={[kind, formatNumber(count), reason]} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Triggers({
  triggers: { decisions, looked },
}: {
  readonly triggers: NonNullable<Trace['triggers']>;
}) {
  const texts = words.value.debug;
  return (
    <>
      {decisions.length === 0 && <p class="quiet">{texts.noDecisions}</p>}
      <ul class="firings plain">
        {decisions.map((firing) => (
          <FiringCard key={`${firing.id} ${firing.decision}`} firing={firing} />
        ))}
      </ul>
      {looked.length > 0 && <p class="small quiet">{texts.looked(looked.map(isolated).join(', '))}</p>}
    </>
  );
}
