/** The little of k6 that the scripts here use; https://grafana.com/docs/k6 describes all of it. */
declare module 'k6' {
  export function check<T>(value: T, checks: Readonly<Record<string, (value: T) => boolean>>): boolean;
  export function sleep(seconds: number): void;
}

declare module 'k6/http' {
  export interface Answer {
    readonly status: number;
    readonly body: string | null;
  }
  export interface Params {
    readonly headers?: Readonly<Record<string, string>>;
    readonly tags?: Readonly<Record<string, string>>;
    readonly timeout?: string;
    readonly responseType?: 'text' | 'none';
  }
  export function get(url: string, params?: Params): Answer;
  export function post(url: string, body: string, params?: Params): Answer;
}

declare module 'k6/execution' {
  export const scenario: { readonly iterationInTest: number };
  export const vu: { readonly idInTest: number };
}

/** What the command line sets: `-e NAME=value`. */
declare const __ENV: Readonly<Record<string, string | undefined>>;
