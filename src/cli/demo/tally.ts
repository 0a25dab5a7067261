import type { ErrorCode } from '../../errors.ts';
import type { JsonObject } from '../../model/json.ts';

/** What a demo has done so far. */
export class Tally {
  events = 0;
  quarantined = 0;
  recommendations = 0;
  stories = 0;
  /** Stories that the engine did not let go on, by its reason. */
  readonly broken = new Map<ErrorCode, number>();

  sent(answer: JsonObject): void {
    this.events++;
    if (Array.isArray(answer.rejected)) this.quarantined += answer.rejected.length;
  }

  brokeOff(code: ErrorCode): void {
    this.broken.set(code, (this.broken.get(code) ?? 0) + 1);
  }
}
