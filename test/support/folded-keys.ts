import { createHmac } from 'node:crypto';
import { createAccessKeyDesk } from '../../src/desks/access-key-desk.ts';
import { foldAccessKey } from '../../src/identity/access-keys.ts';
import type { AccessKeyChange, AccessKeyEntry, AccessKeys } from '../../src/model/access-key.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { FoldContext } from '../../src/model/fold.ts';
import { keys } from '../../src/model/keys.ts';
import { type Access, createAccess } from '../../src/serve/access.ts';
import type { AccessKeyDesk } from '../../src/serve/access-key-service.ts';
import type { AccessKey } from '../../src/serve/authenticate.ts';

/** Keys by the fold that the engine has them by, in memory: changes are folded at once. */
export class FoldedKeys {
  now = Date.UTC(2026, 10, 21, 10);
  readonly access: Access;
  readonly desk: AccessKeyDesk;
  #state: AccessKeys | undefined;
  #made = 0;

  constructor(configured: readonly AccessKey[] = [], chance = 'chance') {
    this.access = createAccess({
      keys: configured,
      digestOf: (key) => createHmac('sha256', 'pepper').update(key).digest('hex'),
      // Other bytes every time, and the same in every run.
      random: (size) =>
        createHmac('sha256', chance)
          .update(String(this.#made++))
          .digest()
          .subarray(0, size),
      now: () => this.now,
      elapsed: () => this.now,
    });
    this.desk = createAccessKeyDesk({
      ...this.access,
      commands: {
        run: async (author, command) => {
          if (command.type !== 'key') throw new TypeError(`a command ${command.type} for keys`);
          return this.fold(command.change, author);
        },
      },
      entries: () => this.entries,
      changed: async () => this.look(),
      clock: { now: () => this.now },
    });
  }

  get entries(): readonly AccessKeyEntry[] {
    return this.#state?.keys ?? [];
  }

  fold(change: AccessKeyChange, author = 'operator'): Outcome {
    // The fold asks for nothing else of its context.
    const view = {
      get: (key: string) => (key === keys.accessKeys ? this.#state : undefined),
      put: (_key: string, value: AccessKeys) => {
        this.#state = value;
      },
    } as unknown as FoldContext['view'];
    return foldAccessKey(change, author, { view, now: this.now } as FoldContext);
  }

  /** What a node does when it looks. */
  look(): void {
    this.access.known.use(this.entries);
  }
}
