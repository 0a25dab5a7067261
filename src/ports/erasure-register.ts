import type { ErasureFrame } from '../model/erasure.ts';

/**
 * Who was erased, kept apart from the data, so that a copy of the data which is put back does not bring its own, older
 * register along. Of this deployment only.
 */
export interface ErasureRegister {
  /** In the order in which they were first added. Fails with `register_unavailable`. */
  all(): readonly ErasureFrame[];
  /** Durable once it returns. The last of several under one id counts. Fails with `register_unavailable`. */
  add(erasure: ErasureFrame): void;
}
