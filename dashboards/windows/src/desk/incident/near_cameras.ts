/** The cameras near the chosen case, for its page and for the map beside it; asked once a case. */
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import { listCameras } from "@core/api/calls";
import type { Device, Incident } from "@core/api/types";

const RADIUS_M = 1000;

export const useNearCameras = defineStore("near-cameras", () => {
  const cameras = shallowRef<Device[]>([]);
  const of = shallowRef<number | null>(null);

  async function look(incident: Incident): Promise<void> {
    if (of.value === incident.number) return;
    of.value = incident.number;
    cameras.value = [];
    const place = incident.location;
    if (!place) return;
    const page = await listCameras({ near: `${place.lon},${place.lat}`, radius_m: RADIUS_M, limit: 12 }).catch(() => ({ items: [] }));
    if (of.value === incident.number) cameras.value = page.items;
  }
  function clear(): void {
    of.value = null;
    cameras.value = [];
  }
  return { cameras, look, clear };
});
