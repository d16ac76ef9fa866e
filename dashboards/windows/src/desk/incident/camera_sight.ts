/** Whether a camera may see a place: within its range and its angle. Where nobody wrote its direction, nobody knows. */
import type { Device } from "@core/api/types";
import { distanceM } from "@core/data/judgement";

export function sees(camera: Pick<Device, "lon" | "lat" | "heading_deg" | "fov_deg" | "range_m">, place: { lon: number; lat: number } | null): boolean {
  const { lon, lat, heading_deg, fov_deg, range_m } = camera;
  if (!place || lon === null || lat === null || typeof heading_deg !== "number" || !fov_deg || !range_m) return false;
  if (distanceM({ lon, lat }, place) > range_m) return false;
  const east = (place.lon - lon) * Math.cos((lat * Math.PI) / 180);
  const bearing = (Math.atan2(east, place.lat - lat) * 180) / Math.PI;
  const off = Math.abs(((bearing - heading_deg + 540) % 360) - 180);
  return off <= fov_deg / 2;
}
