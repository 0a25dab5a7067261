/**
 * ISO 4217: how many decimals the minor unit of a currency has. Codes that were withdrawn in the last years stay,
 * since imports bring old orders. Metals, funds and test codes are not money that a shop takes, so they are left out.
 */
const TWO_DECIMALS = 'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP ' +
    'CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR ' +
    'IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD ' +
    'NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN ' +
    'SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL';
const NO_DECIMALS = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF';
const THREE_DECIMALS = 'BHD IQD JOD KWD LYD OMR TND';
const FOUR_DECIMALS = 'CLF UYW';
/** Decimals of the minor unit by ISO 4217 code. */
export const currencyDecimals = new Map([
    ...decimalsOf(TWO_DECIMALS, 2),
    ...decimalsOf(NO_DECIMALS, 0),
    ...decimalsOf(THREE_DECIMALS, 3),
    ...decimalsOf(FOUR_DECIMALS, 4),
]);
function decimalsOf(codes, decimals) {
    return codes.split(' ').map((code) => [code, decimals]);
}
//# sourceMappingURL=currencies.js.map