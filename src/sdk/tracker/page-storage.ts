/**
 * localStorage, which may be forbidden (reading the property throws then), full, or cleared at any moment. What it does
 * not take is kept in memory, and so lasts as long as the page.
 */
export interface PageStorage {
  get(name: string): string | undefined;
  /** Whether it will still be there after the page is closed. */
  set(name: string, value: string): boolean;
  remove(name: string): void;
  /** Every name with this beginning, sorted. */
  names(prefix: string): readonly string[];
  /** Whether the value lies in memory only. */
  inMemory(name: string): boolean;
}

/** `prefix` keeps two write keys on one site apart. */
export function createPageStorage(prefix: string): PageStorage {
  const memory = new Map<string, string>();
  const lasting = openStorage();
  return {
    get(name) {
      return memory.get(name) ?? read(lasting, prefix + name);
    },
    set(name, value) {
      if (write(lasting, prefix + name, value)) {
        memory.delete(name);
        return true;
      }
      memory.set(name, value);
      return false;
    },
    remove(name) {
      memory.delete(name);
      lasting?.removeItem(prefix + name);
    },
    names(beginning) {
      const found = new Set([...memory.keys()].filter((name) => name.startsWith(beginning)));
      for (const key of lasting === undefined ? [] : Object.keys(lasting)) {
        if (key.startsWith(prefix + beginning)) found.add(key.slice(prefix.length));
      }
      return [...found].sort();
    },
    inMemory: (name) => memory.has(name),
  };
}

function openStorage(): Storage | undefined {
  try {
    return window.localStorage ?? undefined;
  } catch {
    return undefined;
  }
}

function read(storage: Storage | undefined, key: string): string | undefined {
  return storage?.getItem(key) ?? undefined;
}

function write(storage: Storage | undefined, key: string, value: string): boolean {
  try {
    storage?.setItem(key, value);
    return storage !== undefined;
  } catch {
    return false;
  }
}
