/** Turns incidents, workers and cameras into map features; what did not change stays the same object. */
import type { Feature } from "geojson";
import type { Device, Incident, Worker } from "../api/types";
import { dueMs } from "../data/judgement";
import type { Change, Id } from "./buffer";
import { markOf } from "./icons";

interface Kept<T> {
  item: T;
  until: number;
  stamp: string;
  feature: Feature;
  turn: number;
}
interface Making<T> {
  id: (item: T) => Id;
  /** Null: it has no place. */
  stamp: (item: T) => string | null;
  make: (item: T) => Feature;
  /** When its look will change by the passing of time alone. */
  until?: (item: T) => number;
}

/** One cache per source: a feature is made anew only when its stamp has changed, and asked only of a new object. */
export class FeatureCache<T> {
  private readonly kept = new Map<Id, Kept<T>>();
  private turn = 0;

  /** Return what has changed since the last call. Twice a second over ten thousand: no copies, no closures within. */
  change(items: T[], now: number, making: Making<T>): Change {
    const { kept } = this;
    const turn = ++this.turn;
    const change: Change = { add: [], remove: [], size: 0, all: () => [...kept.values()].map(({ feature }) => feature) };
    for (const item of items) {
      const held = kept.get(making.id(item));
      if (held && held.item === item && now < held.until) held.turn = turn;
      else this.renew(item, held, making, change);
    }
    for (const [id, held] of kept) {
      if (held.turn === turn) continue;
      kept.delete(id);
      change.remove.push(id);
    }
    change.size = kept.size;
    return change;
  }
  private renew(item: T, held: Kept<T> | undefined, making: Making<T>, change: Change): void {
    const stamp = making.stamp(item);
    if (stamp === null) return;
    const until = making.until?.(item) ?? Infinity;
    if (held?.stamp === stamp) return void Object.assign(held, { item, until, turn: this.turn });
    const feature = making.make(item);
    this.kept.set(making.id(item), { item, until, stamp, feature, turn: this.turn });
    change.add.push(feature);
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

export const changedIncidents = (cache: FeatureCache<Incident>, incidents: Incident[], now: number): Change =>
  cache.change(incidents, now, {
    id: (incident) => incident.number,
    stamp: (incident) => (incident.location ? `${incident.location.lon},${incident.location.lat},${markOf(incident, now)}` : null),
    until: (incident) => (dueMs(incident) > now ? dueMs(incident) : Infinity),
    make: (incident) =>
      point(incident.number, incident.location?.lon ?? 0, incident.location?.lat ?? 0, {
        mark: markOf(incident, now),
        order: orderOf(incident),
      }),
  });

const placeStamp = ({ lon, lat }: { lon: number | null; lat: number | null }): string | null => (lon === null || lat === null ? null : `${lon},${lat}`);

export const changedWorkers = (cache: FeatureCache<Worker>, workers: Worker[]): Change =>
  cache.change(workers, 0, {
    id: (worker) => String(worker.id),
    stamp: placeStamp,
    make: (worker) => point(String(worker.id), worker.lon ?? 0, worker.lat ?? 0, {}),
  });

export const changedCameras = (cache: FeatureCache<Device>, cameras: Device[]): Change =>
  cache.change(cameras, 0, {
    id: (camera) => camera.id,
    stamp: placeStamp,
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
