/** What the phone itself has to tell: a task that was taken away, an act that was refused. Kept a week, per account. */
import { ref } from "vue";
import { newId } from "@core/api/client";
import { phoneStore, type Notice } from "./phone_store";

const KEPT_MS = 7 * 86_400_000;
export const notices = ref<Notice[]>([]);

export async function loadNotices(account: string): Promise<void> {
  const store = await phoneStore();
  const all = await store.getAll("notices");
  for (const old of all) if (Date.now() - Date.parse(old.at) > KEPT_MS) await store.delete("notices", old.id);
  notices.value = all.filter((one) => one.account === account).sort((a, b) => b.at.localeCompare(a.at));
}
export async function tellNotice(account: string, kind: Notice["kind"], title: string, text = ""): Promise<void> {
  const notice: Notice = { id: newId(), account, at: new Date().toISOString(), kind, title, text, read: false };
  await (await phoneStore()).put("notices", notice);
  await loadNotices(account);
}
export async function markNoticesRead(account: string): Promise<void> {
  const store = await phoneStore();
  for (const one of notices.value.filter((notice) => !notice.read)) await store.put("notices", { ...JSON.parse(JSON.stringify(one)), read: true } as Notice);
  await loadNotices(account);
}
