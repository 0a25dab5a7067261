import type { FunctionComponent } from 'preact';
import { CustomerPage } from './customer/customer-page.tsx';
import { DebugPage } from './debug/debug-page.tsx';
import { InsightPage } from './insight/insight-page.tsx';
import { LivePage } from './live/live-page.tsx';
import { StorePage } from './store/store-page.tsx';
import { TriggersPage } from './triggers/triggers-page.tsx';
import type { Words } from './words/en.ts';

export interface PageOfConsole {
  readonly name: keyof Words['pages'];
  readonly view: FunctionComponent;
}

/** In the order of the menu. */
export const pages: readonly PageOfConsole[] = [
  { name: 'live', view: LivePage },
  { name: 'customer', view: CustomerPage },
  { name: 'triggers', view: TriggersPage },
  { name: 'debug', view: DebugPage },
  { name: 'insight', view: InsightPage },
  { name: 'store', view: StorePage },
];
