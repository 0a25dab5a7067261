/** Every registered route, for `405 Method Not Allowed`: the router itself only knows "not found". */
export interface RouteTable {
  readonly routes: readonly RegisteredRoute[];
  add(method: string, pattern: string): void;
  /** Methods that the path answers to; empty when it answers to none. */
  methodsFor(path: string): readonly string[];
}

export interface RegisteredRoute {
  readonly method: string;
  readonly pattern: string;
}

export function createRouteTable(): RouteTable {
  const routes: (RegisteredRoute & { readonly segments: readonly string[] })[] = [];
  return {
    routes,
    add(method, pattern) {
      routes.push({ method, pattern, segments: pattern.split('/') });
    },
    methodsFor(path) {
      const segments = path.split('/');
      const methods = new Set<string>();
      for (const route of routes) {
        if (matches(route.segments, segments)) methods.add(route.method);
      }
      return [...methods].sort();
    },
  };
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i += 1) {
    const part = pattern[i];
    if (part === '*') return true;
    if (path[i] === undefined) return false;
    if (part?.startsWith(':') ? path[i] === '' : part !== path[i]) return false;
  }
  return pattern.length === path.length;
}
