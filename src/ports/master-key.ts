/** Something outside that holds the master key: a key management service, a hardware module, an agent of a secrets store. */
export interface MasterKeySource {
  /** The key, as 32 bytes or a text of them. Fails with `master_key_unavailable`, and never says what it got. */
  read(): Promise<Uint8Array>;
}
