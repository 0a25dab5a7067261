import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './model/time.ts';

/**
 * Every bound of the engine (law 7). Values are defaults of the product; `GET /v1/limits` answers them.
 * Relations between them are asserted at the end of the file, so that a change cannot break one silently.
 */
export const limits = Object.freeze({
  // Requests
  bodyBytesMax: 5 * 1024 * 1024,
  /** How much of a body that is too large is still read, and for how long, so that its sender gets the answer. */
  refusedBodyBytesMax: 64 * 1024 * 1024,
  refusedBodyMs: 5 * SECOND_MS,
  inflatedBytesMax: 20 * 1024 * 1024,
  inflateRatioMax: 100,
  batchEventsMax: 2_500,
  eventBytesMax: 64 * 1024,
  requestTimeoutMs: 15 * SECOND_MS,
  headersTimeoutMs: 10 * SECOND_MS,
  /** How often connections are looked for that took longer. */
  slowConnectionsLookMs: SECOND_MS,
  headerBytesMax: 64 * 1024,
  connectionsMax: 10_000,
  waitAppliedMs: 10 * SECOND_MS,
  waitersMax: 50_000,
  pathParameterCharactersMax: 4_096,
  accessKeysMax: 100,
  /** Keys that the engine has made and that are not revoked: all of them are one entry of the state. */
  issuedKeysMax: 500,
  /** Of keys that were revoked, so many are still listed. */
  revokedKeysKept: 100,
  keyOriginsMax: 32,
  keyRateMax: 1_000_000,
  /** How much of its rate a key may have saved up: a second's worth does not suit a page that sends in bursts. */
  keyBurstSeconds: 5,
  /** How often a node looks whether keys have changed, beside being told; a revoked one is dead everywhere in less than 5 s. */
  accessKeysPollMs: 1 * SECOND_MS,
  /** How long both secrets of a rotated key are good unless told otherwise, and at most. */
  keyGraceMs: 24 * HOUR_MS,
  keyGraceMaxMs: 90 * DAY_MS,
  accessKeyCharactersMax: 256,
  retryAfterMs: 1 * SECOND_MS,
  /** How late the event loop may be, at the least of so many looks in a row, and how many events may wait for the log, before libraries are asked to come later. */
  shedLateMs: 500,
  shedLookMs: 100,
  shedLooks: 20,
  shedWaitingEvents: 20_000,
  shedRetryPatientMs: 5 * SECOND_MS,
  /** Of bodies on their way, those beyond the second size, all connections together. */
  bodiesBytesMax: 256 * 1024 * 1024,
  bodyUncountedBytes: 16 * 1024,
  /** How much of a larger body is read in one go, before others have their turn: about half a millisecond. */
  bodySliceBytes: 32 * 1024,
  /** And how many of its events are taken in, or bytes of what is kept in quarantine sealed. */
  admitSliceEvents: 32,
  /** What surrounds the events of a body, and what of one body is kept in quarantine. */
  envelopeBytesMax: 64 * 1024,
  bodyQuarantineBytesMax: 8 * 1024 * 1024,
  /** What all bodies that are being inflated may become together, and how many may wait for their turn. */
  inflatingBytesMax: 64 * 1024 * 1024,
  inflatingWaitingMax: 1_000,
  inflateChunkBytesMax: 256 * 1024,
  /** What a write key may send and have refused before its large bodies have to wait, and how fast that is forgotten; how much of those is read. */
  refusedBytesForgiven: 16 * 1024 * 1024,
  refusedBytesPerSecond: 512 * 1024,
  limitedBodyBytesMax: 256 * 1024,
  /** How long a connection stays open, unread, after an answer that came before the whole body. */
  lingerMs: 2 * SECOND_MS,
  /** A connection on which nothing moves in either direction; streams send a heartbeat more often. */
  silentConnectionMs: 2 * MINUTE_MS,
  tlsHandshakeMs: 10 * SECOND_MS,
  /** How often the files of the certificate are looked at. */
  tlsLookMs: 10 * SECOND_MS,
  tlsFileBytesMax: 256 * 1024,
  /** For how long browsers shall come by TLS alone, where this process ends it. */
  strictTransportMs: 365 * DAY_MS,
  corsMaxAgeMs: 15 * MINUTE_MS,
  /** Fields of a form or an address that carries events. */
  formFieldsMax: 1_000,
  /** For how long a library may keep what it fetched before its first event. */
  bootstrapMaxAgeMs: 5 * MINUTE_MS,
  drainMs: 10 * SECOND_MS,
  drainSweepMs: 50,

  // JSON
  jsonDepthMax: 32,
  /** Of one event, all its objects together: an order of as many products as it may have, with ten fields each. */
  jsonKeysMax: 5_000,
  jsonSignificantDigitsMax: 17,

  // Events
  eventIdCharactersMax: 200,
  eventTypeCharactersMax: 64,
  sourceCharactersMax: 64,
  channelCharactersMax: 64,
  identifiersPerEventMax: 20,
  identifierCharactersMax: 256,
  traitsPerEventMax: 100,
  productsPerEventMax: 500,
  futureToleranceMs: 24 * HOUR_MS,
  /** The oldest event time that is accepted: 1970-01-01. */
  earliestTimeMs: 0,
  amountMinorMax: 100_000_000_000,
  /** Decimals of a unit price in major units, and of a quantity: what history's columns keep exactly. */
  unitPriceDecimalsMax: 6,
  quantityDecimalsMax: 4,
  quantityMax: 1_000_000_000,
  /** Numbers below this are epoch seconds sent by mistake: as milliseconds they would lie before March 1973. */
  epochMillisecondsMin: 100_000_000_000,
  /** From so much on it is written on an event what its sender's clock is off: less may be the way here. */
  clockSkewNotedMs: MINUTE_MS,
  latenessOnlineMs: 24 * HOUR_MS,
  latenessStoreMs: 7 * 24 * HOUR_MS,

  // Log
  messageRecordsMax: 2_000,
  messageBytesMax: 1024 * 1024,
  appendQueueBytesMax: 64 * 1024 * 1024,
  logBytesMax: 16 * 1024 * 1024 * 1024,
  logTrimSliceMessages: 256,
  logTransactionBytesMax: 8 * 1024 * 1024,
  /** Newest messages kept in memory for readers that keep up. */
  logTailBytesMax: 8 * 1024 * 1024,
  logTailMessagesMax: 4_096,

  // NATS
  /** How long an answer may take: longer than an election of a leader usually does. */
  natsRequestMs: 4 * SECOND_MS,
  natsReconnectMs: 250,
  /** A server that leaves so many pings in a row without an answer is taken for gone. */
  natsPingMs: 2 * SECOND_MS,
  natsPingsMissedMax: 2,
  /** Between two tries to read on; and how often a stream that seems to have lost messages is asked again. */
  natsRetryMs: 500,
  natsConfirmationsMax: 6,
  /** How old what is known of a stream may become. */
  natsStatsMs: 10 * SECOND_MS,
  /** How long a read waits for messages that are known to be there. */
  natsReadMs: 2 * SECOND_MS,
  /** Readers of one log at different places; one that nobody asks for so long is given up. */
  natsCursorsMax: 2,
  natsCursorIdleMs: 30 * SECOND_MS,
  /** What a reader holds beyond its place, and of what lies behind it. */
  natsAheadBytesMax: 2 * 1024 * 1024,
  natsBehindBytesMax: 1024 * 1024,
  natsPullMessages: 512,
  natsPullMs: 30 * SECOND_MS,
  natsHeartbeatMs: 2 * SECOND_MS,
  /** Messages to whoever listens that the server has not taken yet; more are dropped. */
  natsUnsentBytesMax: 8 * 1024 * 1024,
  /** What a stream may hold beyond the size of its log: several nodes may notice at once that it is full. */
  natsReserveBytes: 64 * 1024 * 1024,
  /** How much a node appends to a log before it asks again how large it is. */
  natsRefreshBytes: 4 * 1024 * 1024,
  /** Wrapped data keys of a space. */
  natsKeysMax: 200_000_000,
  natsKeyTriesMax: 4,
  /** Messages of all logs of a space that others stand in the place of, and how many are asked for or replaced at once. */
  natsReplacedMax: 100_000_000,
  natsReplacedAtOnce: 64,

  // Embedded store
  /** How long files of Redis may take to be written anew, and how often it is looked. */
  redisRenewMs: 10 * MINUTE_MS,
  redisRenewLookMs: 50,
  /** Messages of a log, entries of the state and rows of quarantine that an erasure looks at in one go, and how often it looks for work. */
  erasureLogMessages: 200,
  erasurePageEntries: 500,
  erasureLookMs: SECOND_MS,
  /** How often it looks for entries that still name somebody, and how many people one request may name. */
  erasureRoundsMax: 20,
  erasurePeopleMax: 100,
  /** How long a start on older data waits for the rest of what it erases again, before it answers anybody. */
  erasureStartMs: MINUTE_MS,
  /** Names of erased people in one statement, and how long replaced parts of history are waited for. */
  erasedNamesAtOnce: 5_000,
  oldPartsWaitMs: 4 * SECOND_MS,
  /** How often it is looked for what deletions leave behind, how many pages are looked at or written at a time, by how much more with each round, and filled. */
  scrubRoundsMax: 5,
  scrubPagesAtOnce: 64,
  scrubGrowth: 8,
  scrubFillPages: 500,
  scrubBufferPages: 6_000,
  mapBytes: 64 * 1024 * 1024 * 1024,
  databasesMax: 160,
  /** With less room than this a failed write is taken for a full disk. */
  diskFreeBytesMin: 64 * 1024 * 1024,
  stateKeyCharactersMax: 512,
  stateTrimSliceEntries: 256,

  // State on Redis
  redisConnectMs: 5 * SECOND_MS,
  /** Longer than the longest call; a server that owes an answer for so long counts as gone. */
  redisAnswerMs: 10 * SECOND_MS,
  /** Grows by itself with each try, up to the second one. */
  redisReconnectMs: 50,
  redisReconnectMsMax: 1 * SECOND_MS,
  redisSlotsRefreshMs: 5 * SECOND_MS,
  /** After so long what `appendfsync everysec` answered is on the disk. */
  redisFsyncMs: 2 * SECOND_MS,
  /** Redis refuses commands of more. */
  redisArgumentsMax: 1_000_000,
  /** Rows of one partition that wait in memory for history; what is older moves to a log. */
  spoolMemoryBytesMax: 64 * 1024 * 1024,
  spillStepBytes: 1024 * 1024,
  /** A larger entry goes into the log in parts. */
  spillPartBytes: 256 * 1024,
  spillReadMessages: 4,
  /** Messages kept behind what history has: a store that steps back may ask for them again. */
  spillMessagesKept: 256,
  spillTriesMax: 100,

  // Stages
  /** Of people; the number is fixed when a deployment is created. */
  partitionsMax: 1_024,
  partitionsDefault: 16,
  /** Combinations of identifiers of which a node remembers where they are. */
  locationCacheEntries: 200_000,

  // Nodes
  nodesMax: 256,
  heartbeatMs: 500,
  /** A node that says nothing for so long is taken for gone; its partitions go elsewhere. */
  memberSilentMs: 2 * SECOND_MS,
  /** How often a node looks whether the definitions in force have changed, beside being told. */
  definitionsPollMs: 2 * SECOND_MS,
  /** How often a historian looks whether too much waits in a shared store. */
  spillPollMs: 1 * SECOND_MS,
  /** How long a request that made people one waits until the facets of all have come together. */
  movesWaitMs: 2 * SECOND_MS,
  settlePollMs: 5,
  /** How long a node waits at its start for definitions that somebody else is to bring. */
  definitionsWaitMs: 60 * SECOND_MS,
  /** Processes of one node that share its port. */
  processesMax: 64,
  /** Before one that ended is started again: doubled each time that it does not last, up to the second one. */
  processRestartMs: 200,
  processRestartMsMax: 10 * SECOND_MS,
  /** One that has worked for so long has lasted. */
  processSteadyMs: MINUTE_MS,
  /** How long one that is asked for its metrics or its readiness may take; the others answer without it. */
  processAnswerMs: 1 * SECOND_MS,
  /** How long one may take to end in order; shorter than what the whole node may. */
  processStopMs: 25 * SECOND_MS,
  /** Tallies of minutes and sources that a partition keeps open, and how long after its minute one is. */
  ledgerTalliesMax: 128,
  ledgerGraceMs: MINUTE_MS,
  /** How often a partition that does not hold still is read before its books count as unread. */
  ledgerReadRoundsMax: 200,
  /** The background look: how often, and how far back; how young a minute is left alone, and how often a difference is looked at again before it counts. */
  conservationEveryMs: MINUTE_MS,
  conservationLookMs: HOUR_MS,
  conservationSettleMs: 2 * MINUTE_MS,
  conservationLooks: 3,
  /** What one question may span, and what its answer lists. */
  conservationSpanMs: 31 * DAY_MS,
  conservationMinutesShown: 5_000,
  /** Rows that wait for history, messages between partitions and records of the logs that are read to explain a difference. */
  conservationSpoolBytesMax: 64 * 1024 * 1024,
  conservationFlyingMax: 50_000,
  conservationLogRecordsMax: 2_000_000,
  /** Minutes and sources of what requests brought, as one process remembers them; sources beyond so many are one. */
  intakeMinutesKept: 60,
  intakeSourcesMax: 64,
  batchMessagesMax: 16,
  batchRecordsMax: 16_000,
  cacheBytesMax: 128 * 1024 * 1024, // As stored, a quarter of what they take decoded; with half of it an event took a fourteenth more CPU.
  outboxMessagesMax: 10_000,
  loadRoundsMax: 8,
  loadAheadRecords: 256,
  stageRetryMs: 250,
  /** How long an idle stage on servers waits before it looks whether there is work that its log does not tell of. */
  stageLookMs: 1 * SECOND_MS,
  sweepEntriesMax: 1_000,
  maintenanceEveryMs: 30 * SECOND_MS,
  outcomeMessagesKept: 256,
  /** How often a partition looks whether something is due by itself, and how much of it is brought to the log at once. */
  alarmPollMs: 250,
  alarmsAtOnce: 1_000,
  alarmsReadMax: 10_000,
  /** A reading that took a while is followed by so many times as long without one: it never is what a store mostly does. */
  alarmRestFactor: 3,
  logRetainBytes: 1024 * 1024 * 1024,

  // Quarantine
  /** Events of a replay that are looked at together, and characters of theirs that go into the log at once. */
  quarantinePageEvents: 500,
  /** Events whose places are asked for at once. */
  quarantinePlacesAtOnce: 5_000,
  quarantineReplayCharacters: 1024 * 1024,
  /** Attempts after which an event is given up: it is replayed by its id alone. */
  quarantineAttemptsMax: 5,
  /** Attempts in one record of the log, and groups of one answer of counts. */
  quarantineAttemptsPerRecord: 100,
  quarantineGroupsMax: 1_000,
  /** Events that a replay names for each reason. */
  quarantineExamples: 3,
  /** Characters of a path or a message that are kept of an attempt. */
  quarantineReasonCharactersMax: 512,

  // Deduplication
  dedupMs: 7 * DAY_MS,
  dedupIdsPerFacetMax: 50_000,
  pseudoFacets: 256,

  // Identity
  identifiersPerProfileMax: 1_000,
  mergesPerProfileMax: 100,
  forwardHopsMax: 128,
  /** Reviews that are kept, open and decided ones together; the oldest go first. */
  reviewsMax: 10_000,
  reviewAgeMs: 30 * DAY_MS,
  reviewNoteCharactersMax: 1_000,
  facetsPerPersonMax: 2_000,
  evidencePerLinkMax: 16,
  pastOwnersPerLinkMax: 16,
  /** People that a shared or disputed identifier remembers having been seen with. */
  seenWithMax: 64,
  sharedLinksPerPersonMax: 64,
  apartPeopleMax: 64,

  // Profiles
  facetsPerProfileMax: 256,
  /** Reached only while all of them are younger than the deduplication window. */
  facetsPerProfileHardMax: 2_000,
  /** All facets of a profile as they are stored; of the profiles of imported files one in a hundred exceeds 5 KB. */
  profileBytesMax: 2 * 1024 * 1024,
  /** When a profile is measured: at so many events of a facet, so many facets, and before an event with a longer list. */
  sizedEveryEvents: 32,
  sizedEveryFacets: 16,
  sizedListEntries: 16,
  /** How long one that is full takes no event before it is measured anew. */
  profileFullMs: HOUR_MS,
  /** Facets that moved away, and where to: needed only while events may still be on their way to the old place. */
  tombstonesPerProfileMax: 2_000,
  /** How much younger an event must be than what identity knows of a profile before identity is told again. */
  seenEveryMs: 7 * DAY_MS,
  traitsPerFacetMax: 200,
  consentsPerFacetMax: 64,
  /** Of the version of a text, and of the way a consent was given. */
  consentTextCharactersMax: 64,
  /** Lines of a consent file that are on their way to the engine at once. */
  consentLinesInFlight: 8,
  /** Profiles that one question for due notices looks at. */
  noticesLookedAtMax: 2_000,
  /** Of those, how many before others have their turn. */
  noticesProfilesInTurn: 40,
  /** Groups of fewer people are not told to a partner. */
  sharedGroupPeopleMin: 50,
  sharedGroupsLookedAtMax: 20_000,
  consentEntriesMax: 1_000,
  /** Entries of lists that a facet remembers to have matched. */
  listedKindsPerFacetMax: 8,
  orderFactsPerFacetMax: 1_000,
  orderFactMs: 400 * DAY_MS,

  // Loyalty
  /** Lines of an order that earn at a rate of their own, and points of one order or event. */
  ledgerLinesMax: 50,
  ledgerPointsPerOrderMax: 100_000_000,
  /** Beyond the first number of facts in a facet, at every so many more, what has settled leaves; at the last one events are refused. */
  ledgerSettleFacts: 256,
  ledgerSettleEvery: 64,
  ledgerFactsPerFacetMax: 2_000,
  pointsEntriesMax: 1_000,

  // Features
  featuresMax: 1_000,
  /** What one definition may list: the event types that it reads, and its windows. */
  featureTypesMax: 32,
  featureWindowsMax: 16,
  featureDescriptionCharactersMax: 1_000,
  windowMinMs: MINUTE_MS,
  windowMaxMs: 730 * DAY_MS,
  tilesPerWindow: 60,
  /** How many calendar units before the current one a window may lie. */
  calendarPreviousMax: 12,
  sessionIdleMinMs: 1 * SECOND_MS,
  sessionIdleMs: 30 * MINUTE_MS,
  /** In an app, which is put away rather than left open. */
  sessionIdleAppMs: 2 * MINUTE_MS,
  sessionIdleMaxMs: 4 * HOUR_MS,
  /** A longer session is cut at the bounds of UTC days. */
  sessionMs: DAY_MS,
  /** How far back events may still stitch what a later reading sees. */
  sessionReachMs: 2 * DAY_MS,
  /** Sessions of at least 30 minutes idle never exceed it. */
  sessionSegmentsMax: 128,
  /** Days of one time zone whose offsets are remembered. */
  zoneDaysMax: 1_024,
  zonesMax: 64,
  distinctExactMax: 128,
  /** Sketches of distinct values, a byte each: 1.5 KB for a lifetime; seven levels of these for a window. */
  distinctRegisters: 1_536,
  distinctWindowRegisters: 180,
  /** Buckets of a quantile sketch: two percent wide, so 512 span from 1 to 28,000 without a gap. */
  quantileBucketsMax: 512,
  quantileBucketsPerTileMax: 64,
  quantilesPerFeatureMax: 10,
  /** After so many half-lives a value weighs less than one in four thousand million. */
  decayHalfLivesMax: 32,
  /** Keys that `by` can answer; twice as many are kept. */
  byKeysMax: 100,
  topKeysMax: 256,
  listEntriesMax: 100,
  cartOperationsMax: 200,
  /** Days with a purchase that one facet keeps apart. */
  purchaseDaysMax: 1_000,
  featureStringCharactersMax: 256,
  featureEntriesDefault: 10,
  expressionCharactersMax: 1_000,
  expressionNodesMax: 200,
  expressionDepthMax: 16,
  /** Derived features that read each other, one after the other. */
  derivedChainMax: 16,
  /** Earlier versions of features that stay readable beside their successors, all together. */
  featureVersionsKeptMax: 32,

  // Backfill of features
  /** Events that one question to history answers, and the least that it is asked for where they are very long. */
  backfillPageRows: 1_000,
  backfillPageRowsMin: 250,
  /** Facets of one record, and its bytes: more only where a single facet holds more. */
  backfillRecordFacets: 32,
  backfillRecordBytes: 64 * 1024,
  /** Bytes that may be in the log and not applied yet: what live events wait behind. */
  backfillAheadBytes: 128 * 1024,
  backfillPollMs: 2,
  backfillTriesMax: 20,
  backfillRetryMs: 1 * SECOND_MS,

  // Triggers
  triggersMax: 1_000,
  triggerCountMax: 100,
  triggerStepsMax: 8,
  absenceMaxMs: 180 * DAY_MS,
  catalogInterestMaxMs: 365 * DAY_MS,
  /** What a profile remembers for one trigger: keys, matches of one key and step beyond what is counted, what waits for its time. */
  triggerKeysMax: 64,
  triggerMatchesMax: 32,
  triggerPendingMax: 64,
  /** Items that one event says of a pattern: products of an order that may close carts. */
  triggerItemsMax: 50,
  triggerKeyCharactersMax: 256,
  /** No event that may still complete something is older when it comes: beyond this and its windows a match is forgotten. */
  triggerOutOfOrderMs: 30 * DAY_MS,
  /** What was due so shortly before is decided as of then, whenever its wake record comes. */
  wakeToleranceMs: MINUTE_MS,
  /** Profiles of which the day is to be written down wake over this time after its end, not all at once. */
  snapshotSpreadMs: 4 * HOUR_MS,
  /** Moments that one record may catch up with one after the other; what lies beyond is looked at as of now. */
  catchUpMomentsMax: 64,
  /** The most that a cap counts to, which bounds what is remembered of one trigger. */
  capCountMax: 100,
  /** Values that a decision keeps of what its condition saw. */
  seenValuesMax: 32,
  /** Keys of which an explanation tells what matched. */
  explainedKeysMax: 16,
  holdoutPercentMax: 50,
  /** What a profile remembers of what has fired: newest of all, newest of one trigger, at least so long. */
  firedPerProfileMax: 512,
  firedPerTriggerMax: 100,
  firedKeptMs: 31 * DAY_MS,
  deferredPerProfileMax: 16,
  deferredEventBytesMax: 4 * 1024,
  /** Fired absences that a late event may revoke, of one trigger, and for how long. */
  revocablePerTriggerMax: 16,
  revocableMs: 30 * DAY_MS,
  // Messages, coupons, webhooks
  templatesMax: 500,
  /** Of one text as written, and of all texts of a message as rendered. */
  templateCharactersMax: 10_000,
  messageCharactersMax: 32_000,
  /** Parts of a template that one rendering goes through, and the values that it makes on its way. */
  templateStepsMax: 5_000,
  templateMemoryMax: 200_000,
  couponPoolsMax: 200,
  couponCodesMax: 5_000_000,
  couponCodeCharactersMax: 128,
  /** Codes of one request, and of one record of the log. */
  couponImportCodesMax: 100_000,
  couponRecordCodes: 500,
  /** What a facet remembers of coupons; the oldest go first. */
  couponsPerFacetMax: 200,
  /** Newest moments of each deed (viewed, ordered, …) that a facet keeps, one per item. */
  itemsPerDeedMax: 64,
  /** Of these, orders of one item: where the newest is cancelled another one counts. */
  itemOrdersMax: 3,
  itemSizeCharactersMax: 64,
  webhooksMax: 50,
  /** What waits for one endpoint in one partition, and what nobody brings any more; more gives way. */
  deliveriesWaitingMax: 100_000,
  deadLettersMax: 10_000,
  deadLettersPerRecord: 100,
  /** How long a delivery is tried again, after how long the first time, and at most. */
  deliveryAgeMs: DAY_MS,
  deliveryRetryMs: 5 * SECOND_MS,
  deliveryRetryMsMax: HOUR_MS,
  /** An endpoint that fails so often in a row is left alone for a while, which doubles up to the second. */
  breakerFailures: 5,
  breakerPauseMs: 15 * SECOND_MS,
  breakerPauseMsMax: 2 * MINUTE_MS,
  deliveriesAtOnce: 4,
  deliveryPollMs: 1 * SECOND_MS,
  deliveryTimeoutMs: 15 * SECOND_MS,
  /** How much of an answer is read; what it says does not matter. */
  deliveryAnswerBytesMax: 64 * 1024,
  webhookAddressesMax: 64,

  /** Tags that somebody has put on by hand, or taken off, under one identifier. */
  tagsPerFacetMax: 100,
  segmentsMax: 1_000,
  /** How often a node looks whether segments have changed under which silent profiles were not looked at. */
  segmentWalkPollMs: 500,
  segmentPreviewProfilesMax: 1_000_000,
  segmentSampleMax: 20,
  segmentMembersMax: 1_000,
  /** Tags that one request changes. */
  tagChangesMax: 1_000,
  tagReasonCharactersMax: 500,
  /** Words of a restriction that one facet remembers to be lifted. */
  restrictionLiftsMax: 64,
  /** Identifiers of a person to which a restriction is tied, so that it stays with whoever is taken apart. */
  restrictionIdentifiersMax: 16,
  /** Segments that ask about each other, one after the other. */
  segmentChainMax: 32,
  /** What an expression may say at any time is looked at this often. */
  segmentStepMs: 60 * SECOND_MS,
  /** How far ahead a moment is looked for, in which bounded numbers of steps and looks, with how many moments at hand. */
  segmentHorizonMs: 800 * DAY_MS,
  segmentJumpsMax: 64,
  segmentLooksMax: 64,
  segmentMomentsMax: 256,
  conditionDepthMax: 8,
  /** Regular expressions of conditions: of the pattern, of what it becomes, and of a text that is looked at. */
  patternCharactersMax: 256,
  patternStepsMax: 256,
  patternTextCharactersMax: 1_024,
  conditionTermsMax: 64,
  conditionListMax: 1_000,

  // Definitions
  /** A record of all definitions in force, as the log keeps it. */
  definitionsBytesMax: 512 * 1024,
  /** Changes through the API that wait for the one before them. */
  definitionChangesWaitingMax: 16,
  definitionAppliedPollMs: 5,
  /**
   * Schemas of events through the API: how many, and of each its text, its parts with all that they refer to, how deep these
   * lie in each other, how long a text may be that a pattern looks at and a list whose items are compared, and values that a message names.
   */
  eventSchemasMax: 200,
  eventSchemaBytesMax: 32 * 1024,
  eventSchemaPartsMax: 1_000,
  eventSchemaDepthMax: 12,
  eventSchemaPatternTextMax: 1_024,
  eventSchemaUniqueItemsMax: 100,
  /** Places of all its patterns that are followed one by one, which bounds what a text of the largest size can cost. */
  eventSchemaPatternPlacesMax: 128,
  eventSchemaValuesTold: 20,
  /** Places that a comparison of two of them names. */
  eventSchemaChangesShown: 50,
  /** Checks of a schema against what history holds: how far back, what is in memory at once, and what the answer names. */
  schemaCheckDays: 30,
  schemaCheckDaysMax: 400,
  schemaCheckPageEvents: 2_000,
  schemaCheckPageBytes: 8 * 1024 * 1024,
  schemaCheckFaultsMax: 100,
  schemaCheckExamples: 5,
  schemaCheckFieldsTold: 100,
  /** Places that a dry run names. */
  definitionChangesShownMax: 200,
  /** Changes of definitions that are kept with their texts, whichever bound comes first. */
  definitionJournalMax: 500,
  definitionJournalBytesMax: 8 * 1024 * 1024,
  /** Entries of them that are read at once. */
  definitionJournalPage: 50,
  /** Newest events of a profile that a draft of a trigger is shown, and times at which it was complete that are told. */
  previewEventsMax: 500,
  previewCompletedMax: 20,

  // Streams
  /** Events of which a process knows when it had them, and inserts into history of which it knows the time. */
  recentEventsKept: 10_000,
  recentCutsKept: 1_000,
  /** Receipts of one event id that a trace answers, and rows of history of each kind that it reads. */
  traceReceiptsMax: 10,
  traceRowsMax: 500,
  streamClientsMax: 1_000,
  streamBacklogFirings: 1_000,
  /** Of one profile, while somebody watches it and so long afterwards. */
  streamBacklogChanges: 200,
  streamProfileKeptMs: 5 * MINUTE_MS,
  /** Entries of each list of what one commit did to one profile. */
  profileChangeEntriesMax: 100,
  streamClientBufferBytesMax: 1024 * 1024,
  /** Events that a node tells one by one, of each kind (applied or not): per second, and at once. All of them are counted. */
  streamEventsPerSecond: 40,
  streamEventsAtOnce: 20,
  /** How often it tells the counts, and of how many channels by name. */
  streamRateMs: SECOND_MS,
  streamRateChannelsMax: 50,
  streamHeartbeatMs: 15 * SECOND_MS,

  // History
  /** Rows that wait longer mean that something is wrong, also while an insert is still under way. */
  historyLateMs: 10 * SECOND_MS,
  spoolLagMarkMs: 1 * SECOND_MS,
  spoolLagMarksMax: 1_024,
  spoolCutRowsMax: 20_000,
  spoolBytesMax: 4 * 1024 * 1024 * 1024,
  spoolCutBytesMax: 4 * 1024 * 1024,
  /** Between two inserts while little is waiting: fewer, larger parts, and still well within two seconds. */
  historyPauseMs: 400,
  historyRetryMs: 1 * SECOND_MS,
  historyRetryMsMax: 30 * SECOND_MS,
  historyRepairsMax: 8,
  historyTimeoutMs: 60 * SECOND_MS,
  sqlRowsMax: 100_000,
  sqlBytesMax: 64 * 1024 * 1024,
  sqlSecondsMax: 30,
  sqlMemoryBytesMax: 448 * 1024 * 1024,
  sqlAtOnce: 4,
  /** Of the user of a ClickHouse server that reads for BI tools, which take whole tables at times: per query, and how many at once. */
  readerSecondsMax: 120,
  readerMemoryBytesMax: 4 * 1024 * 1024 * 1024,
  readerRowsMax: 10_000_000,
  readerResultBytesMax: 4 * 1024 * 1024 * 1024,
  readerAtOnce: 8,
  readerPasswordCharactersMin: 12,
  readerPasswordCharactersMax: 256,
  sqlWaitingMax: 32,
  sqlErrorCharactersMax: 1_000,
  sqlCharactersMax: 100_000,
  /** One request to ClickHouse's interface, as sent and inflated; an insert of history is one request. */
  historyBodyBytesMax: 128 * 1024 * 1024,
  historyConnectionsMax: 64,
  historySessionsMax: 32,
  historySessionMs: MINUTE_MS,
  historySessionMaxMs: HOUR_MS,

  // Audit: texts and lists of an entry, lines of a page, calls that may wait, pages that are read at once
  auditTextMax: 128,
  auditSubjectsMax: 100,
  auditFieldsMax: 64,
  auditPageLinesMax: 40,
  auditWaitingMax: 10_000,
  /** Longer answers are not looked into for what a change has made. */
  auditAnswerCharactersMax: 65_536,
  auditReadPages: 256,
  auditFindingsMax: 100,
  /** Pages of a space on servers; beyond that nothing is taken, and what needs an entry is refused. */
  auditPagesMax: 100_000_000,
  /** How often refused requests are written, and the chains copied to history; an end of each is said in the log of the process daily. */
  auditRefusedEveryMs: MINUTE_MS,
  auditHistoryEveryMs: 2 * SECOND_MS,
  auditHeadEveryMs: DAY_MS,
  /** Stored keys that are wrapped anew at once. */
  rewrapPage: 256,
  /** How long the command that prints the master key may take, and how much it may print. */
  masterKeyCommandMs: 30 * SECOND_MS,
  masterKeyOutputBytesMax: 4_096,
  /** Heads of a chain that lie on the server before all but the newest are taken away. */
  auditHeadsKept: 64,

  // Reading
  pageMax: 1_000,
  includedProfilesMax: 100,
  pageDefault: 100,

  // Jobs
  jobsKept: 100,
  jobsAtOnce: 1,
  /** Between two looks of a command at its job. */
  jobPollMs: 250,
  /** Work beside the traffic: so long at a time, then so long nothing, so that live requests hardly notice it. */
  backgroundSliceMs: 4,
  backgroundRestMs: 4,
  /** A rest as long as what came before it is not longer than this. */
  backgroundRestMaxMs: 2 * SECOND_MS,

  // Backtests of triggers
  backtestDaysMax: 400,
  /** Orders of so many days after a firing are looked at, where nothing else is said; and at most. */
  backtestFollowDays: 7,
  backtestFollowDaysMax: 90,
  /** A page of people in memory: what is applied to them at once, about 2 KB per event. */
  backtestPageProfiles: 500,
  backtestPageEvents: 20_000,
  backtestPageBytes: 16 * 1024 * 1024,
  backtestReadRows: 2_000,
  /** Profiles that were ever one, or had facets of each other, are replayed together. */
  backtestFamilyMax: 1_000,
  backtestKinRounds: 16,
  backtestExamples: 20,
  /** People are compared with others who had ordered as often before; from so often on it is the same. */
  backtestOrdersTold: 5,

  // Erasure
  /** Profiles, and as many mentions, that one command may name; what is beyond comes with the next. */
  erasureEntriesMax: 10_000,

  // Simulation of an identity policy
  /** People, identifiers and facets in memory, under both policies together: about 700 bytes each, measured. */
  simulationEntriesMax: 1_000_000,
  simulationReadMessages: 4,
  simulationPageRows: 400,
  /** Messages that one question to history may span. */
  simulationPageMessagesMax: 65_536,
  simulationSamplesMax: 20,
  /** Profiles that a sample names at most, where more were brought together or taken apart. */
  simulationProfilesShownMax: 5,
  simulationLargestMax: 10,
  /** Facets of all sampled profiles together. */
  simulationSampleFacetsMax: 2_000,
  simulationFeaturesShownMax: 50,
  /** Identifier types with their issuers whose blocked values stay hashed. */
  simulationTypesKept: 1_000,

  // Identifier lint
  lintEveryMs: 10 * MINUTE_MS,
  /** How long a request waits for a scan before it answers what the last one found. */
  lintWaitMs: 5 * SECOND_MS,

  // Profiles out of history
  /** How long a question about the past waits until history holds it, and how often it looks. */
  historyWaitMs: 5 * SECOND_MS,
  historyPollMs: 10,
  /** An append may be this long under way: what is younger than that is waited for, even if nothing is to be seen. */
  historySettleMs: 2 * SECOND_MS,
  replayEventsMax: 50_000,
  /** Events that a course of features is read out of, all in memory, and its days. */
  courseEventsMax: 10_000,
  courseDays: 30,
  courseDaysMax: 90,
  replayFacetsMax: 5_000,
  /** Profiles that were merged into one, one after the other or at once. */
  replayMergesMax: 2_000,
  replayPageRowsMax: 10_000,
  /** Of the texts of a page's events, on the average. */
  replayPageBytes: 4 * 1024 * 1024,

  // Parity of state and history
  parityEveryMs: 5 * MINUTE_MS,
  parityProfilesPerRound: 20,
  /** Headers that one round looks at for its sample. */
  parityHeadersPerRound: 20_000,
  /** State that is read at one position: it moves on while more than one page is read. */
  parityReadTries: 10,
  parityDifferencesShown: 100,
  /** Profiles that one request may have checked. */
  parityProfilesMax: 1_000,
  parityProfilesDefault: 20,

  // Ingest caches
  identifierCacheEntries: 10_000,
  facetKeyCacheEntries: 10_000,
  /** Names of fields of each type of event that are remembered as personal or not, and how long one may be to be remembered. */
  personalNamesKnown: 1_000,
  personalNameCharactersKnown: 128,
  /** Names that an operator may list for one part of events. */
  personalFieldsMax: 500,
  /** Pairs of source and channel whose rule of the identity policy is remembered. */
  sourceRuleCacheEntries: 1_000,
  /** Hours whose intake keys stay derived. */
  intakeKeyCacheEntries: 64,

  // Import
  importBatchEvents: 500,
  importRequestsInFlight: 4,
  importRetriesMax: 60,
  importGroupsMax: 5_000_000,
  /** One record of an imported file; also what bounds a quote that is never closed. */
  importRowBytesMax: 1024 * 1024,
  importReadBytes: 256 * 1024,
  /** Rows to be grouped stay in memory up to here; beyond it they are spread over files by the hash of their key. */
  importGroupBytesMax: 128 * 1024 * 1024,
  importGroupLinesMax: 10_000,
  importGroupFiles: 128,
  importGroupFileBufferBytes: 64 * 1024,
  importRejectsQueuedMax: 10_000,
  importRetryFirstMs: 200,
  importRetryMaxMs: 5 * SECOND_MS,
  importRetryAfterMaxMs: MINUTE_MS,
  /** How long `tessera tail` waits before it looks again for an engine that has closed a stream. */
  tailRetryMs: 1 * SECOND_MS,
  /** What `tessera doctor` finds: clocks that differ by more, */
  clockSkewMs: 2 * SECOND_MS,
  /** a disk, a store or a log with less than so much of a hundred free, and inodes; */
  roomLowPercent: 10,
  inodesLowPercent: 1,
  /** so many events that are not applied, or so many of a hundred of an hour's that are kept in quarantine; */
  eventsWaitingMany: 10_000,
  quarantineHighPercent: 5,
  quarantineJudgedEvents: 100,
  /** an erasure that takes longer, and a key that ends sooner. */
  erasureLongMs: HOUR_MS,
  keyEndsSoonMs: 7 * DAY_MS,
  /** Of events that were sent by hand, so many outcomes and as many rejections are shown; --json has all of them. */
  shownResultsMax: 50,
  importAnswerTimeoutMs: 30 * SECOND_MS,
  importZoneDaysMax: 4_096,

  // Customer value
  modelsMax: 32,
  /** Fewer customers say more about chance than about customers. */
  fitCustomersMin: 20,
  /** Of more customers a share is fitted to: what one question to history may take and its answer hold. */
  fitCustomersMax: 90_000,
  /** Profiles of another kind that a question to history can leave out. */
  fitStrangersMax: 5_000,
  /** Profiles whose features are read for a fit. */
  fitSampleMax: 5_000,
  fitLookMs: MINUTE_MS,
  clustersMax: 20,
  clusterAxesMax: 16,
  silhouettePointsMax: 1_000,
  hypergeometricTermsMax: 10_000,
  minimizeStepsMax: 2_000,
  minimizeRestartsMax: 10,

  // Generating
  generateShoppersMax: 1_000_000,
  generateDaysMax: 730,

  // The demo
  /** Requests a second: more is a load test, and the engine shares its process. */
  demoRateMax: 200,
  demoPeopleMin: 50,
  demoPeopleMax: 20_000,
  demoHistoryDays: 42,
  /** Stories that go on at the same time. */
  demoStoriesMax: 100,
  demoCouponCodes: 2_000,

  // What recommendations learn from
  /** Different products of one event that teach something. */
  interactionItemsMax: 50,
  /** Newest interactions that a start without a snapshot learns from. */
  interactionsGatheredMax: 5_000_000,
  interactionsPageRows: 5_000,
  /** Interactions that wait while older ones are gathered; what comes beyond is read from history afterwards. */
  interactionsWaitingMax: 50_000,
  /** Interactions of one message between nodes; of a larger batch they are told only that it was. */
  interactionsToldMax: 1_000,
  /** Stretches of the logs that are still to be read from history, before neighbors become one. */
  interactionGapsMax: 1_000,
  interactionGapsPollMs: 2_000,
  interactionGapsPauseMaxMs: 60_000,
  /** Orders that are remembered so that a second report of one teaches nothing. */
  ordersTaughtMax: 200_000,
  recommenderSnapshotMs: 300_000,
  /** How often answers go to a log, how many at most, and how many in a record. */
  servedEveryMs: 1_000,
  servedWaitingMax: 5_000,
  servedPerRecord: 200,

  // The catalog, which every node holds in memory, and the moments that it gives to triggers
  catalogItemsMax: 200_000,
  catalogStockMax: 1_000_000,
  catalogStoresMax: 10_000,
  catalogRowsMax: 2_000,
  /** Rows of one record, so that it fits into a message of the log whatever they say. */
  catalogRecordBytesMax: 256 * 1024,
  catalogVariantsMax: 200,
  catalogAliasesMax: 20,
  catalogLooksMax: 20,
  catalogBoostsMax: 10,
  catalogIdCharactersMax: 200,
  catalogTextCharactersMax: 512,
  catalogRowBytesMax: 64 * 1024,
  /** Changes that followers can read one by one; whoever is further behind reads everything. */
  catalogJournalMax: 1_000,
  catalogPollMs: 400,
  catalogStockPageMax: 1_000,
  storeEventsMax: 100,
  storeSpansMax: 6,
  geofenceMetersMax: 50_000,
  /** Of stores that name none: who walks by, and not the whole quarter. */
  geofenceDefaultMeters: 300,
  momentPollMs: 500,
  /** Profiles that are woken for a moment before the next page waits for them. */
  momentPageMax: 100,
  /** Moments of a partition that wait for their profiles to be woken; what comes beyond is not told. */
  momentsPendingMax: 10_000,

  // Rights of people: exports, retention
  retentionRulesMax: 200,
  retentionLookMs: HOUR_MS,
  retentionEveryMs: DAY_MS,
  /** People that one run lets go; the next one goes on. */
  dormantPerRun: 10_000,
  dormantPageProfiles: 200,
  dormantErasedAtOnce: 100,
  /** Ids that the result of a run names. */
  dormantShown: 100,
  exportPageRows: 200,
  /** Events of quarantine that are looked at for a person before others have their turn. */
  keptLookedAtInTurn: 16,
  exportRowsMax: 2_000_000,
  exportBytesMax: 2 * 1024 * 1024 * 1024,
  exportsKept: 100,
  exportSweepMs: 10 * MINUTE_MS,
  exportHoursDefault: 24,
  exportHoursMax: 7 * 24,
  // An erasure that began this long before a backup may have been under way when it was made.
  backupErasureMs: DAY_MS,

  // Recommending
  placementsMax: 200,
  recommendItemsDefault: 10,
  recommendItemsMax: 100,
  /** What each strategy gives a list to choose from, and what it gives where the rules leave too little of that. */
  recommendCandidates: 32,
  /** At first a strategy is asked for so many items for each place of the list, within these bounds. */
  recommendCandidatesPerItem: 4,
  recommendCandidatesMin: 16,
  recommendCandidatesMax: 256,
  /** Of the strategies that brought an item, so many are told. */
  recommendReasonsMax: 3,
  /** Newest items that somebody's taste is told from. */
  recommendTasteItems: 24,
  /** Items whose company is asked for: what is looked at, in the cart, owned. */
  recommendSourcesMax: 5,
  /** A person's sessions go on after a silence, from the web in the morning to the store in the evening. */
  recommendSessionIdleMs: 12 * HOUR_MS,
  recommendBasketsMax: 2 ** 17,
  recommendBasketItemsMax: 30,
  recommendBasketPostingsMax: 2 ** 21,
  /** Newest orders with an item that are looked at; a power of two. */
  recommendBasketsPerItem: 32,
  /** What happened so long ago counts half in what trends. */
  recommendTrendingHalfLifeMs: 3 * DAY_MS,
  /** What a store, a category, or all of them can name as trending. */
  recommendTrendingBestMax: 128,
  /** Counters of what trends, of all stores and categories together; 32 bytes each, and the names of their items. */
  recommendCountersMax: 500_000,
  /** Different sizes and categories whose reading is remembered. */
  sizeTextsMax: 20_000,
  /** Steps of a category's path by which goods are found. */
  catalogShelfDepthMax: 5,

  // Recommendations as they are met
  /** How often a partition looks for firings that wait for their items, beside being told of them. */
  itemsPollMs: 2 * SECOND_MS,
  /** How long a firing waits for its items while what recommendations know is still being gathered. */
  itemsPatienceMs: 30 * SECOND_MS,
  /** How long an answer to `wait=applied` waits for the items of what its events have fired. */
  itemsAnswerMs: 500,
  /** Firings whose items came lately, so that whoever asks for them afterwards is answered as well. */
  itemsAnsweredMax: 1_000,
  /** Items of a cart that a question names; the others are not looked at. */
  recommendCartMax: 100,
  /** How long after a list was served an order counts for it. */
  recommendationOrderDays: 7,
  recommendationReportDays: 30,
  /** Days that an analysis looks back over where nothing is said, and steps, periods and pairs that it tells. */
  analyticsDays: 90,
  /** Longest that all queries of one answer may take together: none begins after that. */
  analyticsSecondsMax: 60,
  analyticsStepsMax: 10,
  analyticsStepsCharactersMax: 1_000,
  analyticsWindowMs: 7 * DAY_MS,
  analyticsWindowMsMax: 366 * DAY_MS,
  analyticsSplitsMax: 12,
  analyticsPeriods: 12,
  analyticsPeriodsMax: 60,
  analyticsFollowDaysMax: 180,
  analyticsResearchDays: 30,
  analyticsRowsMax: 1_000,
  analyticsItemsMax: 500,
  analyticsItemCharactersMax: 256,
  analyticsPairOrdersMin: 5,
  analyticsPairs: 100,
  /** Rows of a figure that is meant for other systems, such as the demand for each item in each store. */
  analyticsFigureRowsMax: 50_000,
  /** Who has not gone on to the next stage of the journey for so many days is lost. */
  analyticsLossDays: 90,
  /** Within how many days of an answer somebody buys what they said they like. */
  preferenceDays: 30,
  /** Rows that say what messages cost, in one request, and since when. */
  costRowsMax: 1_000,
  costYearMin: 2000,
  /** How often targets are looked at, and how old an answer about them may be on a node that does not look. */
  targetsPollMs: MINUTE_MS,
  targetsLookMs: HOUR_MS,
  targetsFreshMs: 10 * MINUTE_MS,
  /** Customers that a store is told to expect, and how far a full cart or an order in waiting reaches back. */
  expectedMax: 200,
  expectedDays: 7,
  expectedDaysMax: 90,
  expectedCartDays: 14,
  expectedPickupDays: 60,
  expectedHomeDays: 365,

  // Quality of data
  /** Longest stretch that is asked at once. */
  qualityDaysMax: 7,
  /** Of more events so many are read in full. */
  qualityEventsReadMax: 1_000_000,
  /** The same where nobody has asked: an estimate of shares needs no more. */
  qualityEventsReadBeside: 100_000,
  /** So many with one question, whose time is bounded. */
  qualityEventsAtOnce: 250_000,
  qualityRowsMax: 500,
  qualityNamesMax: 50,
  qualityFlagsMax: 1_000,
  qualityEveryMs: 15 * MINUTE_MS,
  /** Hours that are not over for so long may still be on their way to history. */
  qualitySettleMs: 10 * MINUTE_MS,
  /** Items that a brief lists of one kind. */
  briefItemsMax: 10,
  /** What was tried in the store so lately is likely still in the fitting room. */
  fittingRoomMs: 2 * HOUR_MS,

  // Evaluating
  evaluationClicksMax: 20_000_000,
});

export type Limits = typeof limits;

/** Relations that the code relies on; checked by test/limits.test.ts and at start. */
export function limitRelations(l: Limits): readonly (readonly [string, boolean])[] {
  return [
    [
      'a batch of the largest events may exceed one body, never the reverse',
      l.eventBytesMax < l.bodyBytesMax,
    ],
    [
      'a record of all definitions fits into a packed message',
      l.definitionsBytesMax * 2 <= l.messageBytesMax,
    ],
    ['the products of an order may have ten fields each', l.productsPerEventMax * 10 <= l.jsonKeysMax],
    ['one event fits into a packed message', l.eventBytesMax * 2 <= l.messageBytesMax],
    ['an import batch is an ordinary batch', l.importBatchEvents <= l.batchEventsMax],
    ['an import batch of any text fits into one body', l.eventBytesMax * 4 < l.bodyBytesMax],
    [
      'an importer waits longer than the engine may take to answer',
      l.importAnswerTimeoutMs > l.requestTimeoutMs,
    ],
    [
      'a move of everything that a profile may hold keeps all of its tombstones',
      l.facetsPerProfileHardMax <= l.tombstonesPerProfileMax,
    ],
    ['what a session may still stitch is kept', l.sessionReachMs > l.sessionMs + 2 * l.sessionIdleMaxMs],
    ['order facts outlive deduplication ids', l.orderFactMs > l.dedupMs],
    ['a batch can be folded from whole messages', l.messageRecordsMax <= l.batchRecordsMax],
    ['what may wait for a flush exceeds one transaction', l.logTransactionBytesMax <= l.appendQueueBytesMax],
    ['a transaction of the log holds whole messages', l.messageBytesMax <= l.logTransactionBytesMax],
    [
      'a full log is noticed before its stream is full',
      l.logTransactionBytesMax + l.natsRefreshBytes <= l.natsReserveBytes,
    ],
    ['the largest body can be inflated', l.inflatedBytesMax <= l.inflatingBytesMax],
    ['a quiet stream is no silent connection', l.streamHeartbeatMs * 4 <= l.silentConnectionMs],
    ['two heartbeats fit into a request of messages', l.natsHeartbeatMs * 2 <= l.natsPullMs],
    ['a reader holds more than one message', l.messageBytesMax * 2 <= l.natsAheadBytesMax],
    ['a log that does not answer says so before the request times out', l.natsRequestMs < l.requestTimeoutMs],
    ['an answer to wait=applied comes before the request times out', l.waitAppliedMs < l.requestTimeoutMs],
    ['a question about quality is answered before the request times out', l.lintWaitMs < l.requestTimeoutMs],
    [
      'a question about the past is answered before the request times out',
      l.historyWaitMs < l.requestTimeoutMs,
    ],
    ['a page of events fits into an answer of history', l.replayPageBytes * 4 < l.sqlBytesMax],
  ];
}
