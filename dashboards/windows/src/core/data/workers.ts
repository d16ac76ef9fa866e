/** Workers of this scope with their last known position; positions come live, the latest wins. */
import { defineStore } from "pinia";
import { computed, shallowRef, triggerRef } from "vue";
import { listAll, listWorkers } from "../api/calls";
import type { Position, Worker } from "../api/types";
import { distanceM } from "./judgement";
import { paced } from "./paced";

export const useWorkers = defineStore("workers", () => {
  const byId = shallowRef(new Map<string, Worker>());
  const located = computed(() => [...byId.value.values()].filter((one) => one.lon !== null && one.lat !== null && one.on_shift !== false));

  async function load(): Promise<void> {
    const workers = await listAll((query) => listWorkers(query), { limit: 500 }).catch(() => []);
    byId.value = new Map(workers.map((worker) => [String(worker.id), worker]));
  }
  function move(positions: Position[]): void {
    for (const position of positions) {
      const id = String(position.worker ?? position.id);
      const held = byId.value.get(id) ?? { id, name: "", on_shift: true, lon: null, lat: null };
      byId.value.set(id, { ...held, ...position, id });
    }
    tell();
  }
  const tell = paced(() => triggerRef(byId));
  function nearest(place: { lon: number; lat: number }, count: number): { worker: Worker; metres: number }[] {
    return located.value
      .map((worker) => ({ worker, metres: distanceM(place, { lon: worker.lon ?? 0, lat: worker.lat ?? 0 }) }))
      .sort((a, b) => a.metres - b.metres)
      .slice(0, count);
  }
  return { byId, located, load, move, nearest };
});
