/** What the command line asks of the rooms: open it, narrow the queue, begin an action of the chosen case. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import type { QueueFilter } from "../queue/queue_filter";

export interface OfferedAction {
  key: string;
  name: string;
  code: string;
  begin: () => void;
}
export const useCommands = defineStore("commands", () => {
  const isOpen = ref(false);
  const start = ref("");
  /** What the queue shall show; the queue takes it and clears it. */
  const wish = shallowRef<Partial<QueueFilter> | null>(null);
  /** What the case on the page allows now; the incident page keeps it true. */
  const offered = shallowRef<OfferedAction[]>([]);

  function open(text = ""): void {
    start.value = text;
    isOpen.value = true;
  }
  return { isOpen, start, wish, offered, open };
});
