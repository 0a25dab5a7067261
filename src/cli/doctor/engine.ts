import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Finding } from '../../model/finding.ts';
import type { JsonObject } from '../../model/json.ts';
import { HOUR_MS } from '../../model/time.ts';
import { askForAnswer, askForText, type EngineFlags } from '../engine-call.ts';
import { objectsIn } from '../read-answer.ts';
import type { Asked, Examination } from './examination.ts';
import { describeFindings, hasFault, shownFindings } from './findings.ts';

export const ENGINE_HELP = `
Asks a running engine how it is: does it answer and with what version, is it ready, what waits (events, rows of history), how much
is kept in quarantine, erasures under way, webhooks, access keys, and whether its clock shows what this machine's shows. Needs a
key with the scopes read, admin, define and privacy; what the key may not ask is named. Nothing is changed.

Exit codes: 0 no fault; 1 failed; 2 wrong usage; 3 a fault was found, or a doubt with --strict.

Examples:
  tessera doctor engine
  tessera doctor engine --url https://tessera.example --strict --json
`;

export interface EngineExaminationFlags extends EngineFlags {
  readonly strict?: boolean;
}

type Look = (asked: Asked<EngineExaminationFlags>) => Promise<readonly Finding[]>;

/** What the version tells that this command comes from, to compare. */
export function engineExamination(version: string): Examination<EngineExaminationFlags> {
  return {
    name: 'engine',
    title: 'Engine',
    async ask(asked) {
      const first = await lookAtAddress(asked, version);
      if (first.some(({ code }) => code === 'engine_unreachable'))
        return { findings: shownFindings(first), looked_at: ['address'] };
      const found = [...first];
      for (const look of Object.values(LOOKS)) found.push(...(await orRefused(look, asked)));
      return { findings: shownFindings(once(found)), looked_at: ['address', ...Object.keys(LOOKS)] };
    },
    isFine: (report, flags) => !hasFault(report, flags.strict === true),
    describe: describeFindings,
  };
}

const LOOKS: Readonly<Record<string, Look>> = {
  readiness: lookAtReadiness,
  history: lookAtHistory,
  quarantine: lookAtQuarantine,
  erasures: lookAtErasures,
  webhooks: lookAtWebhooks,
  keys: lookAtKeys,
};

function engineAt({ context, flags }: Asked<EngineExaminationFlags>): string {
  return flags.url ?? context.url;
}

/** One wrong key is one thing to mend, however often it was used. */
function once(found: readonly Finding[]): readonly Finding[] {
  const [refused, ...more] = found.filter(({ code }) => code === 'engine_refuses');
  if (refused === undefined) return found;
  const detail = [refused, ...more].map((each) => each.detail).join(' ');
  return [...found.filter(({ code }) => code !== 'engine_refuses'), { ...refused, detail }];
}

async function orRefused(look: Look, asked: Asked<EngineExaminationFlags>): Promise<readonly Finding[]> {
  try {
    return await look(asked);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    // History that is away is a finding of its own.
    if (code === 'history_unavailable') return [];
    return [{ code: 'engine_refuses', at: engineAt(asked), detail: `${detail} (${code})` }];
  }
}

async function lookAtAddress(
  asked: Asked<EngineExaminationFlags>,
  version: string,
): Promise<readonly Finding[]> {
  const { context, flags } = asked;
  const at = engineAt(asked);
  try {
    const from = context.clock.now();
    const { body, headers } = await askForAnswer(context, flags, { method: 'GET', path: '/version' });
    const to = context.clock.now();
    const found: Finding[] = [];
    if (body.version !== version)
      found.push({
        code: 'version_differs',
        at,
        detail: `it is of version ${String(body.version)}, this command of ${version}`,
      });
    return [...found, ...judgeClock(at, Date.parse(String(headers.date)), { from, to })];
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    return [{ code: 'engine_unreachable', at, detail: error.message }];
  }
}

/** The header has whole seconds, so it may be behind by one that is not over. */
function judgeClock(
  at: string,
  theirs: number,
  { from, to }: { readonly from: number; readonly to: number },
): readonly Finding[] {
  const ahead = theirs > to ? theirs - to : Math.min(0, theirs + 1_000 - from);
  if (!(Math.abs(ahead) > limits.clockSkewMs)) return [];
  const seconds = (Math.abs(ahead) / 1_000).toFixed(1);
  const detail = `its clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the one of this machine`;
  return [{ code: 'clock_skew', at, detail }];
}

async function lookAtReadiness(asked: Asked<EngineExaminationFlags>): Promise<readonly Finding[]> {
  const { context, flags } = asked;
  const wanted = { method: 'GET', path: '/readyz', anyStatus: true } as const;
  const { body } = await askForAnswer(context, flags, wanted);
  const at = engineAt(asked);
  const reasons = Array.isArray(body.reasons) ? body.reasons.map(String) : [];
  const code = body.status === 'not_ready' ? 'not_ready' : 'degraded';
  const { people: waiting = 0 } = (body.lag ?? {}) as JsonObject;
  return [
    ...reasons.map((detail) => ({ code, at, detail }) as const),
    ...(Number(waiting) > limits.eventsWaitingMany
      ? [{ code: 'events_waiting', at, detail: `${String(waiting)} messages of the log wait` } as const]
      : []),
  ];
}

const HISTORY_LAG = /^tessera_history_lag_seconds\{.*?partition="([^"]+)".*?\} (\S+)$/gm;

async function lookAtHistory({ context, flags }: Asked<EngineExaminationFlags>): Promise<readonly Finding[]> {
  const text = await askForText(context, flags, { method: 'GET', path: '/metrics' });
  return [...text.matchAll(HISTORY_LAG)]
    .map(([, partition = '', seconds]) => ({ partition, seconds: Number(seconds) }))
    .filter(({ seconds }) => seconds * 1_000 > limits.historyLateMs)
    .map(({ partition, seconds }) => ({
      code: 'history_behind' as const,
      at: `partition ${partition}`,
      detail: `rows have waited for ${Math.round(seconds)} s`,
    }));
}

/** What is kept is in history within seconds; the books of what came in close a minute only when it is over. */
async function lookAtQuarantine({
  call,
  context,
}: Asked<EngineExaminationFlags>): Promise<readonly Finding[]> {
  const to = context.clock.now();
  const from = String(to - HOUR_MS);
  const books = new URLSearchParams({ from, to: String(to) });
  const { totals } = await call({ method: 'GET', path: `/v1/analytics/conservation?${books}` });
  const asked = new URLSearchParams({ by: 'code,source', from });
  const { events, counts } = await call({ method: 'GET', path: `/v1/quarantine/counts?${asked}` });
  const kept = Number(events);
  const all = Math.max(kept, Number((totals as JsonObject | undefined)?.received ?? 0));
  if (!(all >= limits.quarantineJudgedEvents && kept > (all * limits.quarantineHighPercent) / 100)) return [];
  const [most] = objectsIn(counts);
  const reason = most === undefined ? '' : `, most for ${String(most.code)} from ${String(most.source)}`;
  const detail = `${kept} of ${all} events of the last hour were kept${reason}`;
  return [{ code: 'quarantine_growing', at: 'quarantine', detail }];
}

async function lookAtErasures({ call, context }: Asked<EngineExaminationFlags>): Promise<readonly Finding[]> {
  const { erasures } = await call({ method: 'GET', path: '/v1/privacy/erasures' });
  const now = context.clock.now();
  return objectsIn(erasures)
    .filter(({ status, requested_at: at }) => status === 'running' && now - Number(at) > limits.erasureLongMs)
    .map(({ id, requested_at: at, note }) => ({
      code: 'erasure_unfinished' as const,
      at: `erasure ${String(id)}`,
      detail: `since ${new Date(Number(at)).toISOString()}: ${String(note ?? '')}`,
    }));
}

async function lookAtWebhooks({ call }: Asked<EngineExaminationFlags>): Promise<readonly Finding[]> {
  const { webhooks } = await call({ method: 'GET', path: '/v1/webhooks' });
  return objectsIn(webhooks).flatMap(({ name, state, dead, waiting, failures_in_a_row: failures }) => {
    const at = `webhook ${String(name)}`;
    const found: Finding[] = [];
    if (state === 'open')
      found.push({
        code: 'webhook_failing',
        at,
        detail: `${String(failures)} failures in a row, ${String(waiting)} messages wait`,
      });
    if (Number(dead) > 0)
      found.push({ code: 'webhook_dead', at, detail: `${String(dead)} messages were given up` });
    return found;
  });
}

async function lookAtKeys({ call, context }: Asked<EngineExaminationFlags>): Promise<readonly Finding[]> {
  const { keys } = await call({ method: 'GET', path: '/v1/keys' });
  const { previous } = await call({ method: 'GET', path: '/v1/master-key' });
  const now = context.clock.now();
  const found: Finding[] = [];
  for (const { name, kind, from, status, origins, expires_at: ends } of objectsIn(keys)) {
    const at = `key ${String(name)}`;
    if (status !== 'live') continue;
    // Of the settings' own key `tessera doctor setup` speaks, where somebody has set one.
    if (kind === 'write' && from === 'api' && origins === 'any')
      found.push({ code: 'write_key_open', at, detail: 'its origins are any' });
    if (typeof ends === 'number' && ends - now < limits.keyEndsSoonMs)
      found.push({ code: 'key_expiring', at, detail: `it ends at ${new Date(ends).toISOString()}` });
  }
  if (typeof previous === 'string')
    found.push({ code: 'master_key_rotating', at: 'master key', detail: `the previous one is ${previous}` });
  return found;
}
