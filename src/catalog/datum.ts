import type { Datum } from '../model/catalog.ts';

export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
}

/*
 * Maps in China show places shifted by up to 700 m: GCJ-02 (AutoNavi, Tencent) is WGS 84 with an offset, BD-09 (Baidu) shifts
 * that once more. The offset is no secret any more (the widely published "eviltransform" formula, on the ellipsoid of
 * Krasovsky 1940); its inverse is found by iteration, to less than a millimeter.
 */
const AXIS = 6_378_245;
const ECCENTRICITY = 0.006_693_421_622_965_943;
const BAIDU = (Math.PI * 3_000) / 180;
const ROUNDS = 8;
/** Ten centimeters: stores are no finer. */
const DECIMALS = 1e6;

/** A place in degrees of WGS 84, rounded to 6 decimals. */
export function toWgs84(point: GeoPoint, datum: Datum): GeoPoint {
  if (datum === 'wgs84') return point;
  const shifted = datum === 'bd09' ? fromBaidu(point) : point;
  if (!isInChina(shifted)) return rounded(shifted);
  let guess = shifted;
  for (let round = 0; round < ROUNDS; round++) {
    const seen = toGcj02(guess);
    guess = {
      latitude: guess.latitude + shifted.latitude - seen.latitude,
      longitude: guess.longitude + shifted.longitude - seen.longitude,
    };
  }
  return rounded(guess);
}

/** What a map in GCJ-02 shows for a place in China. */
export function toGcj02({ latitude, longitude }: GeoPoint): GeoPoint {
  const x = longitude - 105;
  const y = latitude - 35;
  const radians = (latitude / 180) * Math.PI;
  const curve = 1 - ECCENTRICITY * Math.sin(radians) ** 2;
  const root = Math.sqrt(curve);
  const meridian = ((AXIS * (1 - ECCENTRICITY)) / (curve * root)) * (Math.PI / 180);
  const parallel = (AXIS / root) * Math.cos(radians) * (Math.PI / 180);
  return {
    latitude: latitude + northward(x, y) / meridian,
    longitude: longitude + eastward(x, y) / parallel,
  };
}

function fromBaidu({ latitude, longitude }: GeoPoint): GeoPoint {
  const x = longitude - 0.0065;
  const y = latitude - 0.006;
  const radius = Math.hypot(x, y) - 0.00002 * Math.sin(y * BAIDU);
  const angle = Math.atan2(y, x) - 0.000003 * Math.cos(x * BAIDU);
  return { latitude: radius * Math.sin(angle), longitude: radius * Math.cos(angle) };
}

function northward(x: number, y: number): number {
  const slope = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x));
  return slope + (2 / 3) * (waves(x) + wave(y, [20, 1], [40, 3]) + wave(y, [160, 12], [320, 30]));
}

function eastward(x: number, y: number): number {
  const slope = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x));
  return slope + (2 / 3) * (waves(x) + wave(x, [20, 1], [40, 3]) + wave(x, [150, 12], [300, 30]));
}

function waves(x: number): number {
  return 20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI);
}

/** Two sines, each by its height and the part of the circle that a degree is. */
function wave(degrees: number, ...sines: readonly (readonly [height: number, part: number])[]): number {
  return sines.reduce((sum, [height, part]) => sum + height * Math.sin((degrees / part) * Math.PI), 0);
}

/** The bounds within which maps shift places. */
function isInChina({ latitude, longitude }: GeoPoint): boolean {
  return longitude >= 72.004 && longitude <= 137.8347 && latitude >= 0.8293 && latitude <= 55.8271;
}

function rounded({ latitude, longitude }: GeoPoint): GeoPoint {
  return {
    latitude: Math.round(latitude * DECIMALS) / DECIMALS,
    longitude: Math.round(longitude * DECIMALS) / DECIMALS,
  };
}
