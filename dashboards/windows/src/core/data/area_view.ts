/** The areas of a drill-down: the path from home to where we look, the outline there, and its children on the map. */
import { ref, shallowRef, watch, type Ref } from "vue";
import { levelBelow, useAreas, type AreaFeature } from "./areas";
import type { AreaProperties } from "../api/types";

export function useAreaView(code: Ref<string | null>, home: Ref<{ code: string; name: string; level: string } | null>) {
  const areas = useAreas();
  const path = ref<AreaProperties[]>([]);
  const outline = shallowRef<AreaFeature[]>([]);
  const children = shallowRef<AreaFeature[]>([]);
  let asked = 0;

  async function show(wanted: string, from: { code: string; name: string; level: string }): Promise<void> {
    const mine = ++asked;
    const steps: AreaProperties[] = [];
    let step: AreaProperties | undefined = areas.byCode.get(wanted);
    while (step && step.code !== from.code) {
      steps.unshift(step);
      step = step.parent ? areas.byCode.get(step.parent) : undefined;
    }
    const here = steps.at(-1) ?? from;
    const own = (await areas.list(here.level)).filter((one) => one.properties.code === here.code);
    const below = levelBelow(here.level);
    const found = below ? await areas.list(below, here.code) : [];
    if (mine !== asked) return;
    path.value = [{ ...from }, ...steps];
    outline.value = own;
    children.value = found.length > 0 ? found : own;
  }
  /** Codes read from the address are unknown at first: walk down from home until they are found. */
  async function find(wanted: string, from: { code: string; level: string }): Promise<boolean> {
    if (wanted === from.code || areas.byCode.has(wanted)) return true;
    for (let level = levelBelow(from.level); level; level = levelBelow(level)) {
      const listed = await areas.list(level);
      if (listed.some((one) => one.properties.code === wanted)) return true;
    }
    return false;
  }
  watch([code, home], async ([wanted, from]) => {
    if (!from) return;
    const known = wanted && (await find(wanted, from));
    await show(known ? wanted : from.code, from);
  }, { immediate: true });

  return { path, outline, children };
}
