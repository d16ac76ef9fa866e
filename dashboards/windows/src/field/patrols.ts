/** The patrols of my own grid: places to be visited today, and credit for places and outcomes. Never for distance. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { listPatrols, type PatrolItem } from "@core/api/calls";
import { useSession } from "@core/data/session";
import { phoneStore } from "./phone_store";

const DAY_MS = 86_400_000;

export const usePatrols = defineStore("patrols", () => {
  const items = ref<PatrolItem[]>([]);
  const session = useSession();
  const name = (): string => `patrols/${session.me?.username}`;
  const routine = computed(() => items.value.filter((one) => one.task === null));
  const special = computed(() => items.value.filter((one) => one.task !== null));
  const done = computed(() => items.value.filter((one) => one.state === "done"));
  const open = computed(() => items.value.filter((one) => one.state === "issued"));

  async function load(): Promise<void> {
    const store = await phoneStore();
    if (items.value.length === 0) items.value = ((await store.get("answers", name())) as PatrolItem[] | undefined) ?? [];
    const since = new Date(Date.now() - DAY_MS).toISOString();
    const found = await listPatrols({ mine: true, since, limit: 200 }).catch(() => null);
    if (!found) return;
    items.value = found.items;
    await store.put("answers", JSON.parse(JSON.stringify(found.items)), name());
  }
  return { items, routine, special, done, open, load };
});
