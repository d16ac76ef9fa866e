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
