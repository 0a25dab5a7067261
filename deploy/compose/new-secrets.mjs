#!/usr/bin/env node
// Prints what compose.yaml needs and nobody may guess, for a file `.env` beside it: node compose/new-secrets.mjs > .env
import { randomBytes } from 'node:crypto';

const bytes = () => randomBytes(32);
const word = () => randomBytes(24).toString('base64url');

const secrets = {
  TESSERA_MASTER_KEY: bytes().toString('base64'),
  TESSERA_SECRET_KEY: `sk_${bytes().toString('base64url')}`,
  TESSERA_WRITE_KEY: `wk_${bytes().toString('base64url')}`,
  NATS_PASSWORD: word(),
  REDIS_PASSWORD: word(),
  CLICKHOUSE_PASSWORD: word(),
  GRAFANA_PASSWORD: word(),
};
for (const [name, value] of Object.entries(secrets)) console.log(`${name}=${value}`);
