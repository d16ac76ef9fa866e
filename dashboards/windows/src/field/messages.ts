/** Messages from the desks; the last known ones stay on the phone. Reading one goes through the outbox. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { listMessages, type FieldMessage } from "@core/api/calls";
import { useSession } from "@core/data/session";
import { ring } from "@core/sound/tones";
import { buzz } from "./buzz";
import { loadNotices, notices } from "./notices";
import { useOutbox } from "./outbox";
import { phoneStore } from "./phone_store";

const EVERY_MS = 30_000;

export const useMessages = defineStore("messages", () => {
  const items = ref<FieldMessage[]>([]);
  const session = useSession();
  const outbox = useOutbox();
  let known: Set<number> | null = null;

  const isRead = (one: FieldMessage): boolean =>
    one.mine || Boolean(one.read_at) || outbox.waiting.some((entry) => entry.kind === "read" && entry.body["id"] === one.id);
  const unread = computed(() => items.value.filter((one) => !isRead(one)).length + notices.value.filter((one) => !one.read).length);

  async function load(): Promise<void> {
    const found = await listMessages({ limit: 100 }).catch(() => null);
    if (!found) return;
    const fresh = found.items.filter((one) => !one.read_at && !one.mine && known && !known.has(one.id));
    if (fresh.length > 0) {
      ring(fresh.some((one) => one.urgent) ? "critical" : "order");
      buzz([200, 100, 200]);
    }
    known = new Set(found.items.map((one) => one.id));
    items.value = found.items;
    await (await phoneStore()).put("answers", JSON.parse(JSON.stringify(found.items)), `messages/${session.me?.username}`);
  }
  async function read(): Promise<void> {
    for (const one of items.value.filter((message) => !isRead(message))) {
      const isKept = await outbox.put({ kind: "read", incident: null, order: null, action: "read", title: one.text.slice(0, 40), body: { id: one.id } });
      if (!isKept) return;
      one.read_at = new Date().toISOString();
    }
  }
  async function start(): Promise<void> {
    await loadNotices(session.me?.username ?? "");
    items.value = ((await (await phoneStore()).get("answers", `messages/${session.me?.username}`)) as FieldMessage[] | undefined) ?? [];
    known = items.value.length > 0 ? new Set(items.value.map((one) => one.id)) : null;
    await load();
    setInterval(() => void load(), EVERY_MS);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void load());
  }
  return { items, unread, isRead, load, read, start };
});
