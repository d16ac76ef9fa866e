/** Orders that no phone has received in time, asked again whenever the feed tells of a delivery, and twice a minute. */
import { defineStore } from "pinia";
import { ref } from "vue";
import { listUndelivered, type Undelivered } from "@core/api/calls";
import { useLive } from "@core/data/live";

const EVERY_MS = 30_000;
const TELLS = new Set(["order_undelivered", "order_delivered", "order_read", "signed", "order_assigned"]);

export const useUndelivered = defineStore("undelivered", () => {
  const items = ref<Undelivered[]>([]);
  async function load(): Promise<void> {
    const found = await listUndelivered().catch(() => null);
    if (found) items.value = found.items;
  }
  function start(): () => void {
    void load();
    const ticking = setInterval(() => void load(), EVERY_MS);
    const silence = useLive().onEntries((frame) => frame.entries.some((entry) => TELLS.has(entry.kind)) && void load());
    return () => {
      clearInterval(ticking);
      silence();
    };
  }
  return { items, load, start };
});
