import type { Refusal } from './failures.ts';

/** What a stream answers to a message: where it is now, or why it is not there. */
export interface PublishAnswer {
  readonly stream?: string;
  readonly seq?: number;
  readonly error?: Refusal;
}

/** Whoever answers on the subject of a stream is the server; its answer is an object of JSON. */
export function parseAnswer(message: { json(): unknown }): PublishAnswer {
  const answer = message.json();
  return typeof answer === 'object' && answer !== null ? answer : {};
}
