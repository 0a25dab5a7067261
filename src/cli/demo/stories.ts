import { comeBy } from './stories/come-by.ts';
import { complain } from './stories/complain.ts';
import { borrowComputer, hesitate } from './stories/hesitate.ts';
import { makeMistake } from './stories/make-mistakes.ts';
import { orderFirst } from './stories/order-first.ts';
import { passBy } from './stories/pass-by.ts';
import { walkIn } from './stories/walk-in.ts';
import { askForSize, wish } from './stories/wish.ts';
import type { Story } from './story.ts';

/** All that happens in the demo. Each is told once at the beginning, in this order. */
export const stories: readonly Story[] = [
  hesitate,
  walkIn,
  comeBy,
  makeMistake,
  complain,
  orderFirst,
  askForSize,
  wish,
  passBy,
  borrowComputer,
];
