/** 本村待办: what lies at the community's own desk. Accept, give to a grid, settle or escalate; offers stay on the phone. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { listActions } from "@core/api/calls";
import type { Action, Incident } from "@core/api/types";
import { byGravity } from "@core/data/judgement";
import { useIncidents } from "@core/data/incidents";
import { useSession } from "@core/data/session";
import { useOutbox } from "./outbox";
import { phoneStore } from "./phone_store";

/** What settles it comes first; what only tells comes last. */
const FIRST = ["accept", "verify", "file", "self_close", "dispatch", "assign", "sign", "escalate", "return", "reject"];
const ASIDE = new Set(["receive", "read", "unmask", "advise"]);

export const useVillage = defineStore("village", () => {
  const session = useSession();
  const incidents = useIncidents();
  const outbox = useOutbox();
  const offers = shallowRef(new Map<number, { version: number; items: Action[] }>());
  const posts = computed(() =>
    (session.me?.assignments ?? []).flatMap((one) => (one.role === "community_operator" && one.area ? [`community-${one.area.code}`] : [])),
  );
  const isOfficer = computed(() => posts.value.length > 0);
  const isHere = (one: Incident): boolean =>
    posts.value.includes(one.holder?.code ?? "") ||
    one.orders.some((order) => posts.value.includes(order.holder?.code ?? "") && ["issued", "received", "read", "signed", "arrived"].includes(order.state));
  const todo = computed(() => incidents.open.filter(isHere).sort(byGravity));

  async function ask(incident: Incident): Promise<void> {
    const store = await phoneStore();
    const name = `offers/${incident.number}`;
    if (!offers.value.has(incident.number)) {
      const held = (await store.get("answers", name)) as { version: number; items: Action[] } | undefined;
      if (held) offers.value = new Map(offers.value).set(incident.number, held);
    }
    if (offers.value.get(incident.number)?.version === incident.version) return;
    const answer = await listActions(incident.number).catch(() => null);
    if (!answer) return;
    const next = { version: incident.version, items: answer.items };
    offers.value = new Map(offers.value).set(incident.number, next);
    await store.put("answers", JSON.parse(JSON.stringify(next)), name);
  }
  /** Nothing is offered while an act of mine is on its way: the next follows from the server's answer. */
  function actsOf(incident: Incident): Action[] {
    if (outbox.lastOn(incident.number)) return [];
    const rank = (action: Action): number => (FIRST.includes(action.action) ? FIRST.indexOf(action.action) : FIRST.length);
    return (offers.value.get(incident.number)?.items ?? []).filter((one) => !ASIDE.has(one.action)).sort((a, b) => rank(a) - rank(b));
  }
  return { isOfficer, todo, ask, actsOf };
});
