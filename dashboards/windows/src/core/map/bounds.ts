/** West, south, east, north of any geometry. */
import type { Feature, Geometry } from "geojson";

export type Bounds = [number, number, number, number];

export function boundsOf(features: Feature<Geometry>[]): Bounds | null {
  const box: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === "number" && typeof value[1] === "number") {
      box[0] = Math.min(box[0], value[0]);
      box[1] = Math.min(box[1], value[1]);
      box[2] = Math.max(box[2], value[0]);
      box[3] = Math.max(box[3], value[1]);
    } else value.forEach(walk);
  };
  for (const { geometry } of features) if (geometry && "coordinates" in geometry) walk(geometry.coordinates);
  return Number.isFinite(box[0]) ? box : null;
}

export const middleOf = (box: Bounds): [number, number] => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];

/** The box grown so far that these places lie in it; a place out of all measure (a mistyped one) is left out. */
export function withPoints(box: Bounds, items: { location?: { lon: number; lat: number } | null }[]): Bounds {
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  const grown: Bounds = [...box];
  for (const { location } of items) {
    if (!location) continue;
    const { lon, lat } = location;
    if (lon < box[0] - width || lon > box[2] + width || lat < box[1] - height || lat > box[3] + height) continue;
    grown[0] = Math.min(grown[0], lon);
    grown[1] = Math.min(grown[1], lat);
    grown[2] = Math.max(grown[2], lon);
    grown[3] = Math.max(grown[3], lat);
  }
  return grown;
}
