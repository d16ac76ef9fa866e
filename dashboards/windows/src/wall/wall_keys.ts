/**
 * The wall by keys: J/K through what needs a person, arrows through the areas and up and down among them, Esc steps
 * back, 1–4 domains, 0 overview, L lets the map go, M mutes, P playback, S settings, ? help.
 */
import { onMounted, onUnmounted, ref, type Ref } from "vue";
import { DOMAINS, type AreaProperties, type Incident } from "@core/api/types";
import type { useWallView } from "./wall_view";

export const WALL_KEYS = [
  ["J / K", "step"], ["↑ ↓", "area"], ["→", "area_down"], ["←", "area_up"], ["Esc", "back"], ["1 – 4", "domain"], ["0", "overview"],
  ["L", "let_go"], ["M", "mute"], ["P", "playback"], ["S", "site"], ["Tab", "tab"], ["?", "help"],
] as const;

/** What the keys reach beside the view: the list of what needs a person, the areas, the map, the sound. */
export interface Reach {
  list: Ref<Incident[]>;
  path: Ref<AreaProperties[]>;
  areas: { cursor: Ref<string | null>; move: (by: number) => void };
  letGo: () => void;
  mute: () => void;
}

export function useWallKeys(view: ReturnType<typeof useWallView>, { list, path, areas, letGo, mute }: Reach) {
  const help = ref(false);
  const site = ref(false);

  function step(by: number): void {
    const numbers = list.value.map((one) => one.number);
    if (numbers.length === 0) return;
    const at = numbers.indexOf(view.chosen.value ?? -1);
    const next = at < 0 ? (by > 0 ? 0 : numbers.length - 1) : Math.min(numbers.length - 1, Math.max(0, at + by));
    view.choose(numbers[next] ?? null);
  }
  const up = (): void => void (path.value.length > 1 && view.lookAt(path.value.at(-2)?.code ?? null));
  const down = (): void => void (areas.cursor.value && view.lookAt(areas.cursor.value));
  function back(): void {
    if (help.value || site.value) help.value = site.value = false;
    else if (view.cases.value) view.openCases(null);
    else if (view.chosen.value !== null || view.camera.value !== null) view.choose(null);
    else if (path.value.length > 1) up();
    else if (view.domain.value) view.showDomain(null);
  }
  const acts: Record<string, () => void> = {
    j: () => step(1),
    k: () => step(-1),
    Escape: back,
    ArrowDown: () => areas.move(1),
    ArrowUp: () => areas.move(-1),
    ArrowRight: down,
    ArrowLeft: up,
    l: letGo,
    m: mute,
    p: view.showPlayback,
    s: () => void (site.value = true),
    "?": () => void (help.value = !help.value),
    "0": () => view.showDomain(null),
  };
  DOMAINS.forEach((domain, index) => (acts[String(index + 1)] = () => view.showDomain(domain)));

  function hear(press: KeyboardEvent): void {
    if (press.ctrlKey || press.metaKey || press.altKey || (press.target as HTMLElement).closest("input, textarea, select")) return;
    const act = acts[press.key.length === 1 ? press.key.toLowerCase() : press.key];
    // A map that has the focus is moved by the arrows itself.
    if (!act || (press.key.startsWith("Arrow") && (press.target as HTMLElement).closest(".map"))) return;
    press.preventDefault();
    act();
  }
  onMounted(() => window.addEventListener("keydown", hear));
  onUnmounted(() => window.removeEventListener("keydown", hear));
  return { help, site };
}
