/**
 * What clients of ClickHouse's HTTP interface send when they connect and look around: address parameters and
 * statement. Written down from the drivers' own sources and traffic.
 */
export interface ClientOpening {
  readonly client: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly statements: readonly string[];
}

const JDBC = { compress: '0', wait_end_of_query: '0', default_format: 'RowBinaryWithNamesAndTypes' };

export const openings: readonly ClientOpening[] = [
  {
    client: 'JDBC (DBeaver, DataGrip, Metabase, Tableau)',
    parameters: { ...JDBC, max_result_rows: '200', result_overflow_mode: 'break' },
    statements: [
      'SELECT currentUser() AS user, timezone() AS timezone, version() AS version LIMIT 1',
      "select currentUser(), timezone(), version(), getSetting('readonly') readonly FORMAT RowBinaryWithNamesAndTypes",
      'SELECT timezone()',
      "SELECT name AS TABLE_SCHEM, null AS TABLE_CATALOG FROM system.databases WHERE name LIKE '%' ORDER BY name",
      "SELECT '' AS TABLE_CAT, t.database AS TABLE_SCHEM, t.name AS TABLE_NAME, t.engine FROM system.tables t WHERE t.database LIKE 'main%' ORDER BY t.name",
      "SELECT database, table, name, type, default_kind, comment, position FROM system.columns WHERE database ILIKE 'main%' AND table ILIKE 'events' ORDER BY database, table, position",
      'SELECT name FROM system.table_engines',
      'SELECT DISTINCT name FROM system.functions LIMIT 10',
      'DESC (SELECT type, count() AS events FROM events GROUP BY type)',
      'DESCRIBE TABLE (SELECT 1 AS `a`)',
      'SELECT 1',
      'select 1;',
    ],
  },
  {
    client: 'ODBC (Tableau, Power BI, Excel)',
    parameters: {
      default_format: 'ODBCDriver2',
      database: 'default',
      session_id: 'odbc-1',
      session_check: '0',
    },
    statements: [
      'SELECT 1',
      'SELECT version() FORMAT TabSeparated',
      "SELECT CAST('a' AS Nullable(String)) AS TABLE_CAT, CAST(database, 'Nullable(String)') AS TABLE_SCHEM FROM system.tables GROUP BY database",
      'SELECT TOP 1 * FROM events',
    ],
  },
  {
    client: 'clickhouse-connect (Superset)',
    parameters: {
      client_protocol_version: '54405',
      send_progress_in_http_headers: '1',
      cancel_http_readonly_queries_on_client_close: '1',
      http_headers_progress_interval_ms: '120000',
      wait_end_of_query: '1',
      enable_http_compression: '1',
      session_id: '0b0e5a4a-0000-4000-8000-000000000001',
      date_time_input_format: 'best_effort',
    },
    statements: [
      'SELECT version(), timezone()',
      'SELECT name, value, readonly as readonly FROM system.settings LIMIT 10000\n FORMAT Native',
      'SELECT 1 AS check\n FORMAT Native',
      'SHOW DATABASES FORMAT Native',
      'SHOW TABLES',
      'DESCRIBE TABLE `events` FORMAT Native',
      'EXISTS TABLE events',
    ],
  },
  {
    client: 'Grafana',
    parameters: { default_format: 'Native', max_execution_time: '60', enable_http_compression: '1' },
    statements: [
      'SELECT 1',
      'SHOW DATABASES',
      'SHOW TABLES FROM main_tessera',
      'DESC TABLE main_tessera.events',
      "SELECT DISTINCT arrayJoin(mapKeys(map('a', 1))) AS keys FROM system.one LIMIT 1000",
      'SELECT toStartOfInterval(time, INTERVAL 60 second) AS "time", count() AS "value" FROM events WHERE time >= toDateTime(1767225600) AND time <= toDateTime(1798761600) GROUP BY 1 ORDER BY 1 ASC',
      'SELECT hostName() AS host, uptime() AS up',
    ],
  },
  {
    client: 'SQLAlchemy',
    parameters: { database: 'main_tessera' },
    statements: [
      'SELECT version() FORMAT TabSeparatedWithNamesAndTypes',
      "SELECT name FROM system.tables WHERE engine LIKE '%View' AND database = 'main_tessera' FORMAT TabSeparatedWithNamesAndTypes",
      'DESCRIBE TABLE `events` FORMAT TabSeparatedWithNamesAndTypes',
    ],
  },
];

/** Ways from a statement into files and the network of the host; FILE and OUT stand for paths. */
export const escapes: readonly string[] = [
  "SELECT * FROM file('FILE', 'LineAsString')",
  'SELECT * FROM `FILE`',
  'SELECT * FROM default.`FILE`',
  'DESCRIBE (SELECT * FROM `FILE`)',
  "SELECT * FROM (SELECT * FROM file('FILE', 'LineAsString') SETTINGS readonly = 0)",
  "SELECT file('FILE') SETTINGS max_block_size = 1",
  'SELECT 1 SETTINGS max_block_size = 1, readonly = 0',
  "SELECT 1 INTO OUTFILE 'OUT'",
  "INSERT INTO FUNCTION file('OUT', 'CSV') SELECT 1",
  "INSERT INTO FUNCTION file('OUT', 'CSV') VALUES (1)",
  "INSERT INTO t FROM INFILE 'FILE' FORMAT LineAsString",
  "INSERT INTO t VALUES (file('FILE'))",
  "INSERT INTO t FORMAT Values (file('FILE'))",
  'INSERT INTO t SELECT * FROM `FILE`',
  "INSERT INTO t SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
  "CREATE TABLE x (a String) ENGINE = File('LineAsString', 'FILE')",
  'CREATE TABLE x (a String) ENGINE File(LineAsString)',
  "CREATE TABLE x ENGINE = MergeTree ORDER BY a AS SELECT file('FILE') AS a",
  "CREATE TABLE x (a String) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = 'local', path = '/')",
  "CREATE DATABASE x ENGINE = Filesystem('/')",
  'CREATE FUNCTION x AS (a) -> a',
  "CREATE DICTIONARY x (a String) PRIMARY KEY a SOURCE(FILE(path 'FILE' format 'CSV'))",
  "SET format_schema_path = '/'",
  "BACKUP DATABASE default TO File('OUT')",
  'SYSTEM SHUTDOWN',
  'ATTACH TABLE x',
  'SELECT 1; SELECT 2',
  'SELECT {t:Identifier} FROM system.one',
];
