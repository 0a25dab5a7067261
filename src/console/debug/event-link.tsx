import type { ToldEvent } from '../../sdk/client/client.ts';
import { Data } from '../parts/data.tsx';
import { addressOf } from '../router.ts';

interface EventLinkProps {
  readonly event: ToldEvent;
  /** Its id, unless told. */
  readonly text?: string;
}

/** To the way that an event took, or to what was kept of it. One without an id that is not kept leads nowhere. */
export function EventLink({ event: { event_id, quarantine_id, source }, text }: EventLinkProps) {
  if (quarantine_id !== undefined) {
    return (
      <a href={addressOf('debug', ['quarantine', quarantine_id])}>
        {text ?? <Data value={event_id || quarantine_id} />}
      </a>
    );
  }
  if (event_id === '') return <>–</>;
  return (
    <a href={addressOf('debug', ['trace', event_id], source === '' ? {} : { source })}>
      {text ?? <Data value={event_id} />}
    </a>
  );
}
