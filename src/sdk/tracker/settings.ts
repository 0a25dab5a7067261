import { trackerLimits } from './tracker-limits.ts';

/** What the script tag says: `<script async src="…/sdk/tessera.js" data-key="wk_…">`. */
export interface Settings {
  readonly key: string;
  /** Origin of the engine: of `data-server`, or where the script came from. */
  readonly server: string;
  /** `data-consent="required"`: nothing is stored or sent before consent. */
  readonly consentRequired: boolean;
  /** `data-pages`: page views by themselves (`auto`), those of hash addresses too (`hash`), only the first (`load`), none (`off`). */
  readonly pages: 'auto' | 'hash' | 'load' | 'off';
  /** `data-products="off"`: tags of products are not looked at. */
  readonly products: boolean;
  /** `data-session-minutes`: how long a pause ends a session. */
  readonly sessionIdleMs: number;
  /** `data-currency`: of amounts whose event names none. */
  readonly currency: string | undefined;
}

/** Undefined without a key or an address: there is nobody to send to. */
export function readSettings(script: HTMLScriptElement | null): Settings | undefined {
  const { key, server, consent, pages, products, sessionMinutes, currency } = script?.dataset ?? {};
  const origin = originOf(server ?? script?.src);
  if (key === undefined || key === '' || origin === undefined) return undefined;
  const minutes = Number(sessionMinutes);
  return {
    key,
    server: origin,
    consentRequired: consent === 'required',
    pages: pages === 'hash' || pages === 'load' || pages === 'off' ? pages : 'auto',
    products: products !== 'off',
    sessionIdleMs: minutes > 0 ? minutes * 60_000 : trackerLimits.sessionIdleMs,
    currency,
  };
}

/** Of an address with a path before `/sdk/`, as behind a proxy, that path stays. */
function originOf(address: string | undefined): string | undefined {
  if (address === undefined || address === '') return undefined;
  try {
    const { origin, pathname } = new URL(address, location.href);
    return origin + pathname.replace(/\/sdk\/[^/]*$/, '').replace(/\/+$/, '');
  } catch {
    return undefined;
  }
}
