/**
 * Every rate of the generated world, each with the reason. They describe one retailer: what its own channels get to
 * see of a household, not how many tablets the household has. `test/generate/rates.test.ts` holds the world against
 * them.
 */
export const rates = Object.freeze({
  // People
  /** Shoppers of this retailer per household, 1 to 5: of most families only one or two buy here. */
  householdSizes: [0.44, 0.33, 0.13, 0.07, 0.03],
  /** One store per so many shoppers, as a chain of fashion stores has it; never fewer than two. */
  shoppersPerStore: 2_000,
  associatesPerStore: 6,
  tabletsPerStore: 2,
  /** Accounts of quality assurance on the production system, one per so many shoppers; never fewer than one. */
  shoppersPerTester: 4_000,
  /** Purchases, browsing and services, counted in visits: most people come seldom, a few come every week. */
  visitsMean: 9,
  visitsMax: 60,
  /** Share of shoppers who come only from some day on, and who stop coming on some day. */
  startsLate: 0.16,
  stopsEarly: 0.14,

  // Membership
  /** Members when the stream begins; loyalty programs of fashion chains identify one half to two thirds. */
  memberAtStart: 0.42,
  /** Those who join during the stream, at one of their first visits; the others stay guests. */
  joinsLater: 0.24,
  joinsAtVisit: 0.5,
  /** Members whom the nightly synchronization with the CRM reports when they first become active. */
  reportedByCrm: 0.7,
  hasEmail: 0.6,
  /** Addresses of a relay service (Hide My Email), which differ from app to app and identify nobody elsewhere. */
  relayEmail: 0.02,

  // Second memberships of one person
  /** Members who shop in stores and open another membership there: loyalty programs find 1 to 3 % duplicates. */
  duplicateMember: 0.02,
  /** Most programs refuse a phone that has a membership; an acquired program imported some all the same. */
  duplicateSamePhone: 0.2,
  /** The loyalty master finds most of them and says so (`members_merged`). */
  duplicateMerged: 0.7,

  // Channels that a person uses at all
  usesWeb: 0.6,
  usesApp: 0.35,
  usesMiniProgram: 0.5,
  usesStores: 0.72,
  usesMarketplace: 0.12,
  /** Marketplace customers who bind their membership of the brand to the marketplace account. */
  bindsMarketplace: 0.25,

  // Devices
  /** A second own computer or browser. */
  secondBrowser: 0.3,
  /** Households of several shoppers who use one tablet, telephone or computer for *this* retailer in turn. */
  familyDevice: 0.1,
  /** Share of the online visits of such a household that happens on the shared device. */
  visitOnFamilyDevice: 0.3,
  /** Somebody else is signed in there: mostly one signs out and in again, now and then one just goes on. */
  goesOnAsOther: 0.004,
  /** Nobody is signed in there: who has an account signs in, because carts, coupons and addresses hang on it. */
  signsInOnFamilyDevice: 0.9,
  /** Whoever is done on a shared device signs out. */
  signsOutOnFamilyDevice: 0.25,
  /** A browser begins a new cookie: cleared, private mode, seven days of Safari. */
  freshCookie: 0.08,
  /** Members sign in when a browser or an app does not know them; apps ask for it, web shops do not. */
  signsInOnWeb: 0.45,
  signsInOnApp: 0.9,
  signsInByPhoneCode: 0.5,
  /** On one's own device hardly anybody signs out. */
  signsOutOnOwnDevice: 0.012,
  /** Apps that were refused the advertising id send the zero UUID as the id of the device. */
  zeroDeviceId: 0.12,
  /** Browsers that refuse cookies: their events name nobody. */
  refusesCookies: 0.01,
  /** One release of the web tracker writes "null" and the like as the user of anonymous pages. */
  junkUser: 0.02,

  // Buying
  /** Online visits that put something into the cart, and carts that are paid. */
  addsToCart: 0.42,
  paysCart: 0.5,
  /** Web orders of people without an account that are made as a guest, with typed phone and e-mail. */
  guestCheckout: 0.75,
  refunded: 0.06,
  pointsReported: 0.35,

  // Stores
  buysInStore: 0.8,
  usesTablet: 0.1,
  /** Tablets ask members to scan their code, for prices and stock at other stores. */
  signsInOnTablet: 0.5,
  /** The tablet ends the session after a minute without touch; seldom the next one steps up before. */
  tabletSignsOut: 0.99,
  /** How a member says who they are at the till; the rest forgets to. */
  memberCodeScanned: 0.58,
  memberPhoneTyped: 0.32,
  /** Guests who give a phone for the receipt. */
  guestPhoneTyped: 0.25,
  /** Paid by a card whose hash the terminal reports; telephones pay with tokens that change, cash has none. */
  paidByCard: 0.4,
  /** Households of several shoppers with one payment card that they share, and how often it is used. */
  familyCard: 0.06,
  usesFamilyCard: 0.5,
  /** Tills that were offline send the sales hours to days later. */
  offlineSale: 0.04,
  offlineHoursMean: 18,
  offlineHoursMax: 72,

  // What goes wrong
  /** Phones typed wrong, at tills and in forms: one digit, or two exchanged. */
  phoneTypedWrong: 0.015,
  /** A wrong number that another shopper has: one of two hundred people buys at a large chain. */
  wrongPhoneIsSomeones: 0.02,
  /** Guests who type an invented e-mail address that many invent (a@a.com). */
  inventedEmail: 0.005,
  /**
   * Associates who type their own phone for guests, to collect the points, and for how many of them. Programs audit
   * accounts that buy more often than customers do, so those who go on do it about once a month.
   */
  associateCollects: 0.1,
  associateTypesOwnPhone: 0.05,
  /** Tills where guests are rung up under a number from the manual. */
  placeholderPhone: 0.02,
  /** Households with two members of whom one, a child or a grandparent, registered with the phone of the other. */
  familyPhone: 0.06,
  /** Shoppers whose number went, after the quarantine of the operator, to somebody who buys here too. */
  recycledNumber: 0.003,
  recycledSilenceDays: 121,
  recycledOwnerReturns: 0.25,
  /** Marketplaces hide the phone: most behind an extension, some behind a number that is reused for others. */
  privacyNumberPlain: 0.3,
  privacyNumbersPerShopper: 0.5,
  /** Public clients that send an event again because the answer got lost. */
  resent: 0.007,
  /** Events that wait for a connection and arrive after later ones, and for how long they wait. */
  outOfOrder: 0.015,
  outOfOrderMinutesMean: 6,

  // Contacts
  /** How likely a visit is each of these, among the channels that the person uses. */
  visitWeights: { web: 0.27, app: 0.3, miniProgram: 0.2, stores: 0.26, marketplace: 0.25 },
  /** Calls and messages per visit. */
  callsService: 0.035,
  getsMessage: 0.16,
  opensMessage: 0.4,
  clicksMessage: 0.15,
  callerGivesMember: 0.3,
});
