/** Turns incidents, workers and cameras into map features; what did not change stays the same object. */
import type { Feature } from "geojson";
import type { Device, Incident, Worker } from "../api/types";
import { markOf } from "./icons";

type Kept = { stamp: string; feature: Feature };

/** One cache per source: a feature is made anew only when its stamp has changed. */
export class FeatureCache {
  private kept = new Map<string | number, Kept>();

  of<T>(items: T[], id: (item: T) => string | number, stamp: (item: T) => string, make: (item: T) => Feature): Map<string | number, Feature> {
    const next = new Map<string | number, Kept>();
    for (const item of items) {
      const key = id(item);
      const mark = stamp(item);
      const held = this.kept.get(key);
      next.set(key, held?.stamp === mark ? held : { stamp: mark, feature: make(item) });
    }
    this.kept = next;
    return new Map([...next].map(([key, value]) => [key, value.feature]));
  }
}

const point = (id: string | number, lon: number, lat: number, properties: Record<string, unknown>): Feature => ({
  type: "Feature",
  id,
  geometry: { type: "Point", coordinates: [lon, lat] },
  properties: { id, ...properties },
});

/** The gravest lies on top. */
const orderOf = (incident: Incident): number =>
  10 - incident.severity + (incident.urgency === "emergency" ? 3 : incident.urgency === "urgent" ? 1 : 0);

/** Writing numbers out is what costs most: once for each state of an incident. */
const places = new WeakMap<Incident, string>();
function placeOf(incident: Incident): string {
  const known = places.get(incident);
  if (known !== undefined) return known;
  const place = `${incident.location?.lon},${incident.location?.lat}`;
  places.set(incident, place);
  return place;
}

export function incidentFeatures(cache: FeatureCache, incidents: Incident[], now: number): Map<string | number, Feature> {
  return cache.of(
    incidents.filter((incident) => incident.location),
    (incident) => incident.number,
    (incident) => `${placeOf(incident)},${markOf(incident, now)}`,
    (incident) =>
      point(incident.number, incident.location?.lon ?? 0, incident.location?.lat ?? 0, {
        mark: markOf(incident, now),
        order: orderOf(incident),
      }),
  );
}

export const workerFeatures = (cache: FeatureCache, workers: Worker[]): Map<string | number, Feature> =>
  cache.of(
    workers.filter((worker) => worker.lon !== null && worker.lat !== null),
    (worker) => String(worker.id),
    (worker) => `${worker.lon},${worker.lat}`,
    (worker) => point(String(worker.id), worker.lon ?? 0, worker.lat ?? 0, {}),
  );

export const cameraFeatures = (cache: FeatureCache, cameras: Device[]): Map<string | number, Feature> =>
  cache.of(
    cameras.filter((camera) => camera.lon !== null && camera.lat !== null),
    (camera) => camera.id,
    (camera) => `${camera.lon},${camera.lat}`,
    (camera) => point(camera.id, camera.lon ?? 0, camera.lat ?? 0, { name: camera.name }),
  );

const EARTH_RADIUS_M = 6_371_008.8;
const STEPS = 12;
/** What each camera looks at, as a sector; a camera whose direction nobody wrote down has none. */
export function cameraViews(cameras: Device[]): Feature[] {
  return cameras.flatMap(({ id, lon, lat, heading_deg, fov_deg, range_m }) => {
    if (lon === null || lat === null || typeof heading_deg !== "number" || !fov_deg || !range_m) return [];
    const edge = Array.from({ length: STEPS + 1 }, (_, step) => pointAt(lon, lat, heading_deg + fov_deg * (step / STEPS - 0.5), range_m));
    return [{ type: "Feature" as const, properties: { id }, geometry: { type: "Polygon" as const, coordinates: [[[lon, lat], ...edge, [lon, lat]]] } }];
  });
}
function pointAt(lon: number, lat: number, bearingDeg: number, metres: number): [number, number] {
  const rad = Math.PI / 180;
  const north = (metres * Math.cos(bearingDeg * rad)) / EARTH_RADIUS_M / rad;
  const east = (metres * Math.sin(bearingDeg * rad)) / EARTH_RADIUS_M / rad / Math.cos(lat * rad);
  return [lon + east, lat + north];
}
