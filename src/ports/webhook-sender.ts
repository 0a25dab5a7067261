import type { SendResult } from '../model/webhook.ts';

/** One message as it goes out, signed. */
export interface OutgoingMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Brings messages to endpoints outside, and to nowhere inside. */
export interface WebhookSender {
  /** Fails with `webhook_refused` where the address itself says that nothing may be sent there. A name is looked up only when sending. */
  check(url: string): void;
  /**
   * One attempt. Never fails: what went wrong is the answer. Resolves within the time limit of a delivery, or at once
   * when the signal aborts. Each attempt looks the name up anew, and connects to an address that it has checked.
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult>;
}
