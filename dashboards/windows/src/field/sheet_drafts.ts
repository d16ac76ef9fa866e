/** Forms that were begun and not sent stay on the phone, with photos and sounds, also when the task is taken away. */
import { defineStore } from "pinia";
import { ref, toRaw } from "vue";
import { useSession } from "@core/data/session";
import { keepIfRoom } from "./phone_full";
import { phoneStore, type Draft } from "./phone_store";

export const useSheetDrafts = defineStore("sheet-drafts", () => {
  const drafts = ref<Draft[]>([]);
  const session = useSession();
  const account = (): string => session.me?.username ?? "";

  async function load(): Promise<void> {
    const all = await (await phoneStore()).getAll("sheets");
    drafts.value = all.filter((one) => one.account === account()).sort((a, b) => b.at.localeCompare(a.at));
  }
  /** False when the phone has no room for it. */
  async function keep(draft: Omit<Draft, "account" | "at">): Promise<boolean> {
    const values = JSON.parse(JSON.stringify(draft.values)) as Record<string, unknown>;
    const whole = { ...draft, values, photos: draft.photos.map((one) => toRaw(one)), voice: draft.voice.map((one) => toRaw(one)) };
    const isKept = await keepIfRoom("sheets", { ...whole, account: account(), at: new Date().toISOString() });
    if (isKept) await load();
    return isKept;
  }
  async function drop(key: string): Promise<void> {
    await (await phoneStore()).delete("sheets", key);
    await load();
  }
  const find = (key: string): Draft | undefined => drafts.value.find((one) => one.key === key);
  return { drafts, load, keep, drop, find };
});

export const sheetKey = (order: number | string | null | undefined, incident: number, action: string): string => `${order ?? `i${incident}`}/${action}`;
