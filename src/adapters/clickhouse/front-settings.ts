import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';

/** Bounds of a reading query. A client may ask for less; 0 means none to ClickHouse, and so ours. */
const BOUNDS: Readonly<Record<string, number>> = Object.freeze({
  max_execution_time: limits.sqlSecondsMax,
  max_result_rows: limits.sqlRowsMax,
  max_result_bytes: limits.sqlBytesMax,
  max_memory_usage: limits.sqlMemoryBytesMax,
  max_bytes_before_external_group_by: limits.sqlMemoryBytesMax / 2,
  max_bytes_before_external_sort: limits.sqlMemoryBytesMax / 2,
  max_query_size: limits.sqlCharactersMax * 4,
  max_threads: 1,
});

/** How results are computed and written: nothing here reads a file, reaches the network or lifts a bound. */
const HARMLESS: readonly RegExp[] = Object.freeze([
  /^(input|output)_format_(?!.*(schema|template|path|cache))[a-z0-9_]+$/,
  /^format_(csv|custom|display|tsv|json|binary)_[a-z0-9_]+$/,
  /^(date_time_(in|out)put_format|session_timezone|extremes|final|limit|offset|max_block_size)$/,
  /^(result|read|timeout|sort|group_by|distinct|join|set|transfer)_overflow_mode$/,
  /^max_(rows|bytes)_to_(read|sort|group_by)|^max_(rows|bytes)_in_(join|set|distinct)$/,
  /^(join|group_by|transform|union|except|intersect|aggregate_functions|cast|decimal|any_join|optimize|query_plan|enable_optimize)_[a-z0-9_]+$/,
  /^(prefer_column_name_to_alias|prefer_global_in_and_join|enable_analyzer|allow_experimental_analyzer)$/,
  /^(select_sequential_consistency|allow_suspicious_[a-z_]+|allow_experimental_[a-z_]+_type|partial_result_on_first_cancel)$/,
  /^(empty_result_for_aggregation_by_[a-z_]+|totals_mode|count_distinct_implementation|describe_[a-z_]+|show_[a-z_]+)$/,
]);

/** What concerns the wire, the log of queries or inserts: meant for a server, of no account here. */
const WITHOUT_EFFECT =
  /^(wait_end_of_query|buffer_size|send_progress_in_http_headers|enable_http_compression|compress|http_[a-z_]+|log_[a-z_]+|cancel_http_readonly_queries_on_client_close|add_http_cors_header|stacktrace|client_protocol_version|priority|workload|connect_timeout[a-z_]*|receive_timeout|send_timeout|insert_[a-z_]+|async_insert[a-z_]*|wait_for_async_insert[a-z_]*|distributed_[a-z_]+|replace_running_query[a-z_]*|readonly|allow_ddl|allow_introspection_functions)$/;

function isBoundSetting(name: string): boolean {
  return Object.hasOwn(BOUNDS, name);
}

function isHarmlessSetting(name: string): boolean {
  return HARMLESS.some((pattern) => pattern.test(name));
}

/**
 * What a reading query runs under: the client's settings, none beyond our bounds, and last `readonly`, behind
 * which nothing can be set. A setting that is not known to be harmless is refused as a read-only user's would be.
 */
export function readingSettings(asked: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settings = new Map<string, string>([['result_overflow_mode', 'throw']]);
  for (const [name, value] of asked) {
    if (isBoundSetting(name) || WITHOUT_EFFECT.test(name)) continue;
    if (!isHarmlessSetting(name)) {
      throw new TesseraError('history_read_only', `Cannot modify '${name}' setting in readonly mode`);
    }
    settings.set(name, value);
  }
  for (const [name, bound] of Object.entries(BOUNDS)) {
    const wanted = Number(asked.get(name) ?? 0);
    settings.set(name, String(wanted > 0 && wanted < bound ? wanted : bound));
  }
  settings.set('allow_ddl', '0');
  settings.set('allow_introspection_functions', '0');
  settings.set('readonly', '1');
  return settings;
}

/** Settings of a writing statement: the client's, without those that only a server's wire knows. */
export function writingSettings(asked: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of asked) {
    if (/^(insert|async_insert)/.test(name) || !WITHOUT_EFFECT.test(name)) settings.set(name, value);
  }
  return settings;
}

/** `SET` with every one of them at once, so that `readonly` among them holds from the next statement on. */
export function settingText(settings: ReadonlyMap<string, string>): string {
  return [...settings].map(([name, value]) => `${name} = ${quoted(value)}`).join(', ');
}

export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
