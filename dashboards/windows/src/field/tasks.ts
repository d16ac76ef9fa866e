/** My tasks: orders that lie on this phone, live while there is a network, as last known while there is none. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import { act, listActions, listAll, listIncidents } from "@core/api/calls";
import type { Action, ActionSchema, Incident, Order } from "@core/api/types";
import { byGravity, clockLeftMs } from "@core/data/judgement";
import { useIncidents } from "@core/data/incidents";
import { useSession } from "@core/data/session";
import { ring } from "@core/sound/tones";
import { buzz } from "./buzz";
import { ENDED, formName, offeredActs, stateAhead, usualActs } from "./next_acts";
import { tellNotice } from "./notices";
import { useOutbox } from "./outbox";
import { phoneStore } from "./phone_store";

/** Whose tasks lie on this phone. */
const KEPT_FOR = "tasks of";

export interface Task {
  incident: Incident;
  order: Order;
  state: string;
}

export const useTasks = defineStore("tasks", () => {
  const incidents = useIncidents();
  const session = useSession();
  const outbox = useOutbox();
  const forms = shallowRef(new Map<string, ActionSchema>());
  const offers = shallowRef(new Map<number, { version: string; items: Action[] }>());
  const reached = ref(false);
  const told = new Set<string>();
  const held = new Map<string, string>();
  const acted = new Set<string>();
  let rung: Set<string> | null = null;

  /** Given to me; or given to my crew, and nobody of it has it yet. */
  function isMine(order: Order): boolean {
    if (order.assignee) return String(order.assignee.id) === session.workerId;
    const crews = (session.me?.assignments ?? []).flatMap((one) => (one.department ? [one.department.code] : []));
    return crews.some((code) => order.holder?.code === code || order.holder?.code === `dept-${code}`);
  }
  const all = computed<Task[]>(() =>
    incidents.all.flatMap((incident) =>
      incident.orders.filter(isMine).map((order) => ({ incident, order, state: stateAhead(order, outbox.waiting) })),
    ),
  );
  const open = computed(() => all.value.filter((task) => !ENDED.has(task.state)).sort(byUrgency));

  const stamp = (incident: Incident): string => `${incident.version}/${incident.orders.map((order) => order.state).join()}`;
  function actsOf(task: Task): Action[] {
    const offered = offers.value.get(task.incident.number);
    const waits = outbox.lastOn(task.incident.number) !== undefined;
    if (offered && !waits && offered.version === stamp(task.incident)) return offeredActs(task.order, offered.items);
    return usualActs(task.order, task.state, forms.value);
  }
  /** Learns the forms too: offline, the same action of the same kind of order asks for the same things. */
  async function askOffers(incident: Incident): Promise<void> {
    const version = stamp(incident);
    if (offers.value.get(incident.number)?.version === version) return;
    const answer = await listActions(incident.number).catch(() => null);
    if (!answer) return;
    offers.value = new Map(offers.value).set(incident.number, { version, items: answer.items });
    const store = await phoneStore();
    for (const offer of answer.items) {
      const order = incident.orders.find((one) => String(one.id) === String(offer.order));
      if (!order || !offer.schema) continue;
      // Of this very order (a patrol has questions of its own), and for orders like it that were never asked about.
      for (const name of [`${order.id}/${offer.action}`, formName(order.kind, offer.action)]) {
        forms.value = new Map(forms.value).set(name, offer.schema);
        await store.put("forms", offer.schema, name);
      }
    }
  }
  /** 已送达 and 已读 are told by the phone itself; a lost one is told at the next opening. */
  async function tell(task: Task, action: "receive" | "read"): Promise<void> {
    // An order of the crew lies on nobody's phone until one of it signs: the centre would refuse.
    const mark = `${action}/${task.order.id}`;
    if (told.has(mark) || String(task.order.assignee?.id) !== session.workerId) return;
    told.add(mark);
    const { version } = task.incident;
    await act(task.incident.number, { action, order: task.order.id }, { version }).then(
      (next) => next?.number !== undefined && incidents.take(next),
      () => told.delete(mark),
    );
  }
  async function load(): Promise<void> {
    const found = await listAll(listIncidents, { assigned_to: "me", limit: 100 }, 300).catch(() => null);
    reached.value = found !== null;
    if (found) incidents.take(...found);
  }
  async function recall(): Promise<void> {
    const store = await phoneStore();
    const names = await store.getAllKeys("forms");
    forms.value = new Map(await Promise.all(names.map(async (name) => [name, (await store.get("forms", name)) ?? {}] as const)));
    const isOwn = (await store.get("answers", KEPT_FOR)) === session.me?.username;
    if (isOwn && incidents.byNumber.size === 0) incidents.take(...(await store.getAll("incidents")));
  }
  async function keep(tasks: Task[]): Promise<void> {
    const change = (await phoneStore()).transaction(["incidents", "answers"], "readwrite");
    const kept = change.objectStore("incidents");
    const plain = tasks.map((task) => JSON.parse(JSON.stringify(task.incident)) as Incident);
    await Promise.all([kept.clear(), ...plain.map((incident) => kept.put(incident)), change.objectStore("answers").put(session.me?.username, KEPT_FOR), change.done]);
  }
  /** A task that leaves the phone without an act of mine was taken away, or ended by others: that is told. */
  function tellLost(tasks: Task[]): void {
    for (const entry of outbox.entries) if (entry.order !== null) acted.add(String(entry.order));
    const here = new Set(tasks.map((task) => String(task.order.id)));
    for (const [id, title] of held) {
      if (here.has(id)) continue;
      held.delete(id);
      const order = all.value.find((task) => String(task.order.id) === id)?.order;
      const isMineStill = order !== undefined && ["done", "cannot_handle", "returned"].includes(order.state);
      if (!isMineStill && !acted.has(id)) void tellNotice(session.me?.username ?? "", order ? "ended" : "taken_away", title);
    }
    for (const task of tasks) held.set(String(task.order.id), task.incident.title);
  }
  function greet(tasks: Task[]): void {
    const fresh = tasks.filter((task) => task.order.state === "issued" && !rung?.has(String(task.order.id)));
    if (rung && fresh.length > 0) {
      ring(fresh.some((task) => task.incident.urgency === "emergency") ? "critical" : "order");
      buzz([200, 100, 200]);
    }
    rung = new Set([...(rung ?? []), ...tasks.map((task) => String(task.order.id))]);
    for (const task of tasks) if (task.order.state === "issued") void tell(task, "receive");
    for (const task of tasks.slice(0, 20)) void askOffers(task.incident);
  }
  async function start(): Promise<void> {
    await recall();
    await load();
    let settling: ReturnType<typeof setTimeout> | null = null;
    watch(open, (tasks) => {
      tellLost(tasks);
      greet(tasks);
      if (settling) clearTimeout(settling);
      settling = setTimeout(() => void keep(open.value).catch(() => undefined), 300);
    }, { immediate: true });
  }
  const find = (order: string): Task | undefined => all.value.find((task) => String(task.order.id) === order);

  return { all, open, reached, actsOf, askOffers, tell, load, start, find };
});

function byUrgency(a: Task, b: Task): number {
  const due = (task: Task): number => Math.min(...task.order.clocks.map((clock) => clockLeftMs(clock, 0)), Infinity);
  return byGravity(a.incident, b.incident) || due(a) - due(b);
}
