# syntax=docker/dockerfile:1
# Two images. The default one is small and keeps history on a ClickHouse server, so it needs CLICKHOUSE_URL; `--target dev`
# brings ClickHouse in the process (chDB, about half a gigabyte). Both write to /data, /erasures and /backups only and run as a user without
# rights, so `--read-only --tmpfs /tmp` fits them.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package's install script runs, here or anywhere: .npmrc says so, and test/supply-chain.test.ts that none is needed.
RUN npm ci
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
# The console shows snippets of docs/trackers.md.
COPY docs docs
COPY src src
# What the image is made of goes with it, as dist/sbom.cdx.json (CycloneDX).
RUN npm run build && npm run --silent sbom

FROM node:20-bookworm-slim AS dev-modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

# Not by `--omit=optional`: that would also leave out the prebuilt binary of lmdb, which is an optional package of it.
FROM dev-modules AS production-modules
RUN rm -rf node_modules/chdb node_modules/@chdb

FROM node:20-bookworm-slim AS base
WORKDIR /app
ENV NODE_ENV=production TESSERA_HOST=0.0.0.0 TESSERA_DATA_DIR=/data TESSERA_ERASURES_FILE=/erasures/register \
    TESSERA_BACKUP_DIR=/backups PORT=8080
RUN mkdir /data /erasures /backups && chown node:node /data /erasures /backups
COPY package.json LICENSE ./
COPY schemas schemas
COPY deploy deploy
COPY --from=build /app/dist dist
# Who was erased stays known when /data is put back to an older state.
VOLUME /data
VOLUME /erasures
VOLUME /backups
EXPOSE 8080
USER node
# The image has no curl; Node is there anyway. With TLS the certificate is that of another name than this one.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "require(process.env.TESSERA_TLS_CERT_FILE ? 'https' : 'http').get({ host: '127.0.0.1', port: process.env.PORT, path: '/healthz', rejectUnauthorized: false }, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/main.js"]
CMD ["dev"]

FROM base AS dev
COPY --from=dev-modules /app/node_modules node_modules

# The last stage is what `docker build` makes when no target is named.
FROM base AS production
COPY --from=production-modules /app/node_modules node_modules
