import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
/** Makes the names in a directory durable: flushing a new file covers its bytes, not its name. */
export function syncDirectory(path) {
    // Windows cannot open directories; NTFS journals names itself.
    if (process.platform === 'win32')
        return;
    const descriptor = openSync(path, 'r');
    try {
        fsyncSync(descriptor);
    }
    finally {
        closeSync(descriptor);
    }
}
/** A new directory survives a power cut only once each directory above it is flushed. */
export function createDirectory(path) {
    const first = mkdirSync(path, { recursive: true });
    if (first === undefined)
        return;
    const top = dirname(resolve(first));
    for (let at = resolve(path); at !== top; at = dirname(at))
        syncDirectory(at);
    syncDirectory(top);
}
/** After a crash the file has its old content or this one, never a part. */
export function replaceFile(path, text) {
    const draft = `${path}.new`;
    const descriptor = openSync(draft, 'w', 0o600);
    try {
        writeSync(descriptor, text);
        fsyncSync(descriptor);
    }
    finally {
        closeSync(descriptor);
    }
    renameSync(draft, path);
    syncDirectory(dirname(path));
}
//# sourceMappingURL=durable-file.js.map