/** Boundaries by level and parent, fetched once each; the path from the district down to where we look. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { getAreas } from "../api/calls";
import type { AreaProperties } from "../api/types";

const LINES = { river: true, water: true, road: true };
export type AreaFeature = Feature<Geometry, AreaProperties>;
export const LEVELS = ["district", "town", "community", "grid", "cell"] as const;
export const levelBelow = (level: string): string | null => LEVELS[LEVELS.indexOf(level as (typeof LEVELS)[number]) + 1] ?? null;

export const useAreas = defineStore("areas", () => {
  const kept = new Map<string, AreaFeature[]>();
  const byCode = shallowRef(new Map<string, AreaProperties>());
  const failed = ref(false);
  let lines: Promise<Feature[]> | null = null;

  async function list(level: string, parent?: string | null): Promise<AreaFeature[]> {
    const key = `${level}/${parent ?? ""}`;
    const held = kept.get(key);
    if (held) return held;
    try {
      const collection = (await getAreas({ level, ...(parent ? { parent } : {}) })) as FeatureCollection;
      const features = collection.features as AreaFeature[];
      kept.set(key, features);
      byCode.value = new Map([...byCode.value, ...features.map((one) => [one.properties.code, one.properties] as const)]);
      failed.value = false;
      return features;
    } catch {
      failed.value = true;
      return [];
    }
  }
  /** Rivers and main roads, for the eye only; a city may have none. */
  function listOrientation(): Promise<Feature[]> {
    lines ??= getAreas({ level: "orientation" }).then(({ features }) => features.filter((one) => one.properties?.["kind"] in LINES)).catch(() => []);
    return lines;
  }
  return { list, listOrientation, byCode, failed };
});
