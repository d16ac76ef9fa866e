/** Turns incidents, workers and cameras into map features; what did not change stays the same object. */
import type { Feature } from "geojson";
import type { Device, Incident, Worker } from "../api/types";
import { dueMs } from "../data/judgement";
import { markOf } from "./icons";

type Kept<T> = { item: T; until: number; stamp: string; feature: Feature };
interface Making<T> {
  id: (item: T) => string | number;
  stamp: (item: T) => string;
  make: (item: T) => Feature;
  /** When its look will change by the passing of time alone. */
  until?: (item: T) => number;
}

/** One cache per source: a feature is made anew only when its stamp has changed, and asked only of a new object. */
export class FeatureCache<T> {
  private readonly kept = new Map<string | number, Kept<T>>();

  of(items: T[], now: number, { id, stamp, make, until }: Making<T>): Map<string | number, Feature> {
    const next = new Map<string | number, Feature>();
    for (const item of items) {
      const key = id(item);
      let held = this.kept.get(key);
      if (!held || held.item !== item || now >= held.until) {
        const mark = stamp(item);
        const feature = held?.stamp === mark ? held.feature : make(item);
        held = { item, until: until?.(item) ?? Infinity, stamp: mark, feature };
        this.kept.set(key, held);
      }
      next.set(key, held.feature);
    }
    if (this.kept.size > next.size) for (const key of this.kept.keys()) if (!next.has(key)) this.kept.delete(key);
    return next;
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

export function incidentFeatures(cache: FeatureCache<Incident>, incidents: Incident[], now: number): Map<string | number, Feature> {
  return cache.of(incidents.filter((incident) => incident.location), now, {
    id: (incident) => incident.number,
    stamp: (incident) => `${incident.location?.lon},${incident.location?.lat},${markOf(incident, now)}`,
    until: (incident) => (dueMs(incident) > now ? dueMs(incident) : Infinity),
    make: (incident) =>
      point(incident.number, incident.location?.lon ?? 0, incident.location?.lat ?? 0, {
        mark: markOf(incident, now),
        order: orderOf(incident),
      }),
  });
}

export const workerFeatures = (cache: FeatureCache<Worker>, workers: Worker[]): Map<string | number, Feature> =>
  cache.of(workers.filter((worker) => worker.lon !== null && worker.lat !== null), 0, {
    id: (worker) => String(worker.id),
    stamp: (worker) => `${worker.lon},${worker.lat}`,
    make: (worker) => point(String(worker.id), worker.lon ?? 0, worker.lat ?? 0, {}),
  });

export const cameraFeatures = (cache: FeatureCache<Device>, cameras: Device[]): Map<string | number, Feature> =>
  cache.of(cameras.filter((camera) => camera.lon !== null && camera.lat !== null), 0, {
    id: (camera) => camera.id,
    stamp: (camera) => `${camera.lon},${camera.lat}`,
    make: (camera) => point(camera.id, camera.lon ?? 0, camera.lat ?? 0, { name: camera.name }),
  });

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
