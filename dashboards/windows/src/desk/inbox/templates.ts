/** The sentences of the own department, fetched once and kept for every form of this page. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { listTemplates, removeTemplate, saveTemplate, type Template } from "@core/api/office_calls";
import { useSession } from "@core/data/session";

export const USES = ["", "dispose", "return", "extend", "suspend", "answer_supervision"] as const;

export const useTemplates = defineStore("templates", () => {
  const items = ref<Template[]>([]);
  const session = useSession();
  const mayKeep = computed(() => session.has("liaison", "handler"));
  let asked = false;

  async function load(): Promise<void> {
    if (asked || !mayKeep.value) return;
    asked = true;
    items.value = (await listTemplates().catch(() => ({ items: [] }))).items;
  }
  async function save(body: { id?: number; use: string; name: string; text: string }): Promise<void> {
    const kept = await saveTemplate(body);
    items.value = [...items.value.filter((one) => one.id !== kept.id), kept];
  }
  async function remove(id: number): Promise<void> {
    items.value = (await removeTemplate(id)).items;
  }
  return { items, mayKeep, load, save, remove };
});
