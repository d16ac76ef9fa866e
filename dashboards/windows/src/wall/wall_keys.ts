/** The wall by keys: J/K through what needs a person, Enter opens, Esc steps back, 1–4 domains, 0 overview, ? help. */
import { onMounted, onUnmounted, ref, type Ref } from "vue";
import { DOMAINS, type AreaProperties, type Incident } from "@core/api/types";
import type { useWallView } from "./wall_view";

export const WALL_KEYS = [["J / K", "step"], ["Esc", "back"], ["1 – 4", "domain"], ["0", "overview"], ["Tab", "tab"], ["?", "help"]] as const;

export function useWallKeys(view: ReturnType<typeof useWallView>, list: Ref<Incident[]>, path: Ref<AreaProperties[]>) {
  const help = ref(false);

  function step(by: number): void {
    const numbers = list.value.map((one) => one.number);
    if (numbers.length === 0) return;
    const at = numbers.indexOf(view.chosen.value ?? -1);
    const next = at < 0 ? (by > 0 ? 0 : numbers.length - 1) : Math.min(numbers.length - 1, Math.max(0, at + by));
    view.choose(numbers[next] ?? null);
  }
  function back(): void {
    if (help.value) help.value = false;
    else if (view.cases.value) view.openCases(null);
    else if (view.chosen.value !== null) view.choose(null);
    else if (path.value.length > 1) view.lookAt(path.value.at(-2)?.code ?? null);
    else if (view.domain.value) view.showDomain(null);
  }
  const acts: Record<string, () => void> = {
    j: () => step(1),
    k: () => step(-1),
    Escape: back,
    "?": () => void (help.value = !help.value),
    "0": () => view.showDomain(null),
  };
  DOMAINS.forEach((domain, index) => (acts[String(index + 1)] = () => view.showDomain(domain)));

  function hear(press: KeyboardEvent): void {
    if (press.ctrlKey || press.metaKey || press.altKey || (press.target as HTMLElement).closest("input, textarea, select")) return;
    const act = acts[press.key.length === 1 ? press.key.toLowerCase() : press.key];
    if (!act) return;
    press.preventDefault();
    act();
  }
  onMounted(() => window.addEventListener("keydown", hear));
  onUnmounted(() => window.removeEventListener("keydown", hear));
  return { help };
}
