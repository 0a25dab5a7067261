import { registerDefinitionRoutes } from "./definition-routes.js";
import { registerDocsRoutes } from "./docs-routes.js";
import { registerOperateRoutes } from "./operate-routes.js";
import { registerProfileRoutes } from "./profile-routes.js";
import { registerQuarantineRoutes } from "./quarantine-routes.js";
import { registerSqlRoutes } from "./sql-routes.js";
import { registerStreamRoutes } from "./stream-routes.js";
/** All routes that answer from what the engine knows; ingest registers its own on the same server. */
export function registerReadRoutes(app, services, options) {
    const { metrics, version } = options;
    registerProfileRoutes(app, services);
    registerQuarantineRoutes(app, services.history);
    registerSqlRoutes(app, services.sql);
    registerDefinitionRoutes(app, services.definitions);
    registerOperateRoutes(app, { ...options, health: services.health, state: services.state });
    registerDocsRoutes(app, version);
    const clients = registerStreamRoutes(app, services.firings);
    metrics.gauge('tessera_stream_clients', 'Clients that listen to streams.', () => clients.size);
    metrics.gauge('tessera_stream_clients_cut', 'Stream clients that were cut for being too slow.', () => clients.cut);
}
//# sourceMappingURL=read-routes.js.map