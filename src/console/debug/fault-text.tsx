import { Data } from '../parts/data.tsx';
import { codeText, detailOf } from '../parts/error-text.ts';

interface FaultTextProps {
  readonly code: string;
  /** What the engine said of this very event, in English. */
  readonly message?: string | undefined;
}

/** Why an event was not taken, in the language of the page, and what the engine says beyond that. */
export function FaultText({ code, message = '' }: FaultTextProps) {
  const known = codeText(code);
  const detail = known === undefined ? message : detailOf({ code, message });
  return (
    <>
      {known !== undefined && <p>{known}</p>}
      {detail !== undefined && detail !== '' && (
        <p class="small" lang="en">
          <Data value={detail} />
        </p>
      )}
    </>
  );
}
