export function createRouteTable() {
    const routes = [];
    return {
        routes,
        add(method, pattern) {
            routes.push({ method, pattern, segments: pattern.split('/') });
        },
        methodsFor(path) {
            const segments = path.split('/');
            const methods = new Set();
            for (const route of routes) {
                if (matches(route.segments, segments))
                    methods.add(route.method);
            }
            return [...methods].sort();
        },
    };
}
function matches(pattern, path) {
    for (let i = 0; i < pattern.length; i += 1) {
        const part = pattern[i];
        if (part === '*')
            return true;
        if (path[i] === undefined)
            return false;
        if (part?.startsWith(':') ? path[i] === '' : part !== path[i])
            return false;
    }
    return pattern.length === path.length;
}
//# sourceMappingURL=route-table.js.map