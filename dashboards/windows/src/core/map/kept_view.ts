/** The view of a map that a hand has chosen, kept by this terminal so that a reload does not take it away. */
import type { MapView } from "./engine";

const PREFIX = "citybrain.view.";

export const keepView = (name: string, view: MapView): void => localStorage.setItem(PREFIX + name, JSON.stringify(view));
export const forgetView = (name: string): void => localStorage.removeItem(PREFIX + name);

export function recallView(name: string): MapView | null {
  try {
    const { lon, lat, zoom } = JSON.parse(localStorage.getItem(PREFIX + name) ?? "{}") as Partial<MapView>;
    const isWhole = [lon, lat, zoom].every((value) => typeof value === "number" && Number.isFinite(value));
    return isWhole ? ({ lon, lat, zoom } as MapView) : null;
  } catch {
    return null;
  }
}
