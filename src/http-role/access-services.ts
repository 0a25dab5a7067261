import { createAccessKeyDesk } from '../desks/access-key-desk.ts';
import { createAuditDesk } from '../desks/audit-desk.ts';
import type { HttpParts } from '../http-role.ts';
import { createBackups } from '../jobs/backups.ts';
import { createMasterRotation } from '../jobs/master-rotation.ts';
import type { Commands } from '../runner/commands.ts';
import type { Access } from '../serve/access.ts';
import type { ReadServices } from '../serve/services.ts';

/** Who may do what, what was done, the key that everything hangs on, and copies of all. */
export function createAccessServices(
  parts: HttpParts,
  { access, commands }: { readonly access: Access; readonly commands: Commands },
): Pick<ReadServices, 'accessKeys' | 'audit' | 'masterKey' | 'backups'> {
  const { accessKeys, masterKeys, clock } = parts;
  return {
    accessKeys: createAccessKeyDesk({
      ...access,
      commands,
      entries: () => accessKeys.entries,
      changed: () => accessKeys.changed(),
      clock,
    }),
    audit: createAuditDesk(parts),
    backups: createBackups(parts),
    masterKey: createMasterRotation({
      ...parts,
      ...masterKeys,
      onDone: () => masterKeys.forgetPrevious(),
    }),
  };
}
