/** The areas below where the wall looks, with their figures, in the order of their codes; one of them under the cursor. */
import { computed, ref, watch, type Ref } from "vue";
import type { AreaProperties } from "@core/api/types";
import type { AreaFeature } from "@core/data/areas";
import { useOverview } from "@core/data/overview";

export function useAreaRows(path: Ref<AreaProperties[]>, children: Ref<AreaFeature[]>) {
  const board = useOverview();
  const cursor = ref<string | null>(null);
  const rows = computed(() => {
    const figures = new Map((board.overview?.children ?? []).map((one) => [one.code, one]));
    const here = path.value.at(-1)?.code;
    return children.value
      .filter((one) => one.properties.code !== here)
      .map((one) => ({ ...one.properties, figures: figures.get(one.properties.code) }))
      .sort((a, b) => a.code.localeCompare(b.code));
  });
  function move(by: number): void {
    const codes = rows.value.map((one) => one.code);
    if (codes.length === 0) return;
    const at = codes.indexOf(cursor.value ?? "");
    cursor.value = codes[at < 0 ? (by > 0 ? 0 : codes.length - 1) : Math.min(codes.length - 1, Math.max(0, at + by))] ?? null;
  }
  watch(() => path.value.at(-1)?.code, () => void (cursor.value = null));
  return { rows, cursor, move };
}
export type AreaRow = ReturnType<typeof useAreaRows>["rows"]["value"][number];
