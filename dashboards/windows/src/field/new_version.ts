/**
 * The service worker and its successors. A new version waits until the person says so, or until the app is opened next;
 * it never takes over in the middle of an upload. What waits in the outbox is in IndexedDB and stays.
 */
import { ref, shallowRef } from "vue";

const waiting = shallowRef<ServiceWorker | null>(null);
export const isNewThere = ref(false);

export async function startServiceWorker(): Promise<void> {
  const { serviceWorker } = navigator;
  const kept = await serviceWorker.register("/field-sw.js", { scope: "/field" }).catch(() => null);
  if (!kept) return;
  // Nothing was begun yet: the newer app takes over at once.
  if (kept.waiting && serviceWorker.controller) takeOver(kept.waiting);
  kept.addEventListener("updatefound", () => {
    const next = kept.installing;
    next?.addEventListener("statechange", () => {
      if (next.state !== "installed" || !serviceWorker.controller) return;
      waiting.value = next;
      isNewThere.value = true;
    });
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void kept.update().catch(() => undefined));
  await keepLoadedFiles();
}

export function useNewVersion(): void {
  if (waiting.value) takeOver(waiting.value);
}
function takeOver(next: ServiceWorker): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  next.postMessage("take-over");
}

/** What the first visit loaded before the service worker stood (fonts, the map) goes through it once, to be kept. */
async function keepLoadedFiles(): Promise<void> {
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  await import("@core/map/engine").catch(() => undefined);
  await document.fonts.ready;
  const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname);
  await Promise.allSettled(loaded.filter((path) => path.startsWith("/assets/")).map((path) => fetch(path)));
}
