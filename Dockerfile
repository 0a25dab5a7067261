# syntax=docker/dockerfile:1
# Two images. The default one is small and keeps history on a ClickHouse server, so it needs CLICKHOUSE_URL; `--target dev`
# brings ClickHouse in the process (chDB, about half a gigabyte). Both write to /data only and run as a user without
# rights, so `--read-only --tmpfs /tmp` fits them.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Only the compiler and the bundler of the tracker run here, and neither needs its install script.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM node:20-bookworm-slim AS dev-modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

# Not by `--omit=optional`: that would also leave out the prebuilt binary of lmdb, which is an optional package of it.
FROM dev-modules AS production-modules
RUN rm -rf node_modules/chdb node_modules/@chdb

FROM node:20-bookworm-slim AS base
WORKDIR /app
ENV NODE_ENV=production TESSERA_HOST=0.0.0.0 TESSERA_DATA_DIR=/data PORT=8080
RUN mkdir /data && chown node:node /data
COPY package.json LICENSE ./
COPY schemas schemas
COPY deploy deploy
COPY --from=build /app/dist dist
VOLUME /data
EXPOSE 8080
USER node
# The image has no curl; Node is there anyway.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/main.js"]
CMD ["dev"]

FROM base AS dev
COPY --from=dev-modules /app/node_modules node_modules

# The last stage is what `docker build` makes when no target is named.
FROM base AS production
COPY --from=production-modules /app/node_modules node_modules
