/**
 * WGS-84 to GCJ-02, for handing a place to a Chinese map app.
 * Source: the public reverse-engineered transform ("eviltransform"); within China its error is below a metre.
 */
const SEMI_MAJOR_M = 6_378_245;
const ECCENTRICITY_2 = 0.006_693_421_622_965_943;

const inChina = (lon: number, lat: number): boolean => lon > 72.004 && lon < 137.8347 && lat > 0.8293 && lat < 55.8271;

function waves(x: number, y: number): { lat: number; lon: number } {
  const root = Math.sqrt(Math.abs(x));
  const common = ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3;
  const lat =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3;
  const lon =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3;
  return { lat, lon };
}

export function toGcj02(lon: number, lat: number): { lon: number; lat: number } {
  if (!inChina(lon, lat)) return { lon, lat };
  const shift = waves(lon - 105, lat - 35);
  const rad = (lat / 180) * Math.PI;
  const magic = 1 - ECCENTRICITY_2 * Math.sin(rad) ** 2;
  const root = Math.sqrt(magic);
  const dLat = (shift.lat * 180) / (((SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) / (magic * root)) * Math.PI);
  const dLon = (shift.lon * 180) / ((SEMI_MAJOR_M / root) * Math.cos(rad) * Math.PI);
  return { lon: lon + dLon, lat: lat + dLat };
}
