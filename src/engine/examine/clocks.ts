import { limits } from '../../limits.ts';
import type { Finding } from '../../model/finding.ts';

/** Whether another clock shows something else than ours showed while it was asked; NaN where it does not say. */
export function skewOf(
  at: string,
  theirs: number,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Finding[] {
  const ahead = theirs > to ? theirs - to : theirs < from ? theirs - from : 0;
  if (!(Math.abs(ahead) > limits.clockSkewMs)) return [];
  const seconds = (Math.abs(ahead) / 1_000).toFixed(1);
  const detail = `its clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the one of this machine`;
  return [{ code: 'clock_skew', at, detail }];
}
