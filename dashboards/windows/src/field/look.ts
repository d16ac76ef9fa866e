/** Light for the sun, dark for the night: as the phone itself is set, unless the person chose. Kept on the phone. */
import { computed, ref, watchEffect } from "vue";

export const LOOKS = ["auto", "light", "dark"] as const;
export type Look = (typeof LOOKS)[number];
const KEPT = "citybrain.look";
const GROUND = { light: "#ffffff", dark: "#0d1420" };

const kept = localStorage.getItem(KEPT);
const night = matchMedia("(prefers-color-scheme: dark)");
const isNight = ref(night.matches);
export const chosenLook = ref<Look>(LOOKS.find((one) => one === kept) ?? "auto");
export const look = computed<"light" | "dark">(() => (chosenLook.value === "auto" ? (isNight.value ? "dark" : "light") : chosenLook.value));

export function startLook(): void {
  night.addEventListener("change", () => void (isNight.value = night.matches));
  watchEffect(() => {
    document.documentElement.dataset["look"] = look.value;
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", GROUND[look.value]);
  });
}
export function chooseLook(next: Look): void {
  chosenLook.value = next;
  localStorage.setItem(KEPT, next);
}
