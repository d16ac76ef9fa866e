/**
 * The liaison's list: what lies with the own department, what is due today first. The server says what is left of
 * each clock in its own calendar; the list is asked for again every half minute and whenever the live feed brings
 * something, but its order changes only with the groups.
 */
import { computed, onMounted, onUnmounted, ref, watch } from "vue";
import { act, listAll, listIncidents } from "@core/api/calls";
import type { Clock, Incident, Order } from "@core/api/types";
import { useClock } from "@core/data/clock";
import { useIncidents } from "@core/data/incidents";
import { isOpen } from "@core/data/judgement";
import { useSession } from "@core/data/session";
import { startOfDay } from "@core/words/times";

const LIVE = new Set(["issued", "received", "read", "signed", "arrived", "feedback"]);
const UNSIGNED = new Set(["issued", "received", "read"]);
const EVERY_MS = 30_000;
const SETTLE_MS = 1500;
const DAY_MS = 86_400_000;
export const QUERY = { assigned_to: "me", state: "dispatched,handling,suspended,filed,disposed,checking" };
export type Group = "overdue" | "today" | "later" | "none";

export interface InboxRow {
  incident: Incident;
  order: Order;
  clock: Clock | undefined;
  group: Group;
  unsigned: boolean;
}
export interface Outcome {
  done: boolean;
  text: string;
}

export function useInboxList(say: (fault: unknown) => string, signed: () => string) {
  const session = useSession();
  const clock = useClock();
  const known = useIncidents();
  const items = ref<Incident[]>([]);
  const fault = ref<unknown>(null);
  const loaded = ref(false);
  const chosen = ref(new Set<number>());
  const outcomes = ref(new Map<number, Outcome>());
  const busy = ref(false);
  let timer: ReturnType<typeof setTimeout> | null = null;

  async function load(): Promise<void> {
    try {
      items.value = await listAll(listIncidents, { ...QUERY, limit: 500 }, 5000);
      known.take(...items.value);
      fault.value = null;
    } catch (refusal) {
      fault.value = refusal;
    }
    loaded.value = true;
  }
  function loadSoon(ms = SETTLE_MS): void {
    if (timer) clearTimeout(timer);
    timer = setTimeout(() => void load().then(() => loadSoon(EVERY_MS)), ms);
  }
  onMounted(() => void load().then(() => loadSoon(EVERY_MS)));
  onUnmounted(() => timer && clearTimeout(timer));
  watch(() => known.all.reduce((sum, one) => sum + one.version, known.all.length), () => loadSoon());

  const midnight = computed(() => startOfDay(clock.now, session.timezone).getTime() + DAY_MS);
  function rowOf(incident: Incident): InboxRow | null {
    const order = incident.orders.find((one) => LIVE.has(one.state) && one.kind !== "check" && one.kind !== "verify") ?? incident.orders.find((one) => LIVE.has(one.state));
    if (!order || !isOpen(incident)) return null;
    const running = (order.clocks ?? []).filter((one) => one.due_at && !one.paused).toSorted((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))[0];
    const due = running ? Date.parse(running.due_at) : Number.NaN;
    const group: Group = Number.isNaN(due) ? "none" : due < clock.now ? "overdue" : due < midnight.value ? "today" : "later";
    return { incident, order, clock: running, group, unsigned: UNSIGNED.has(order.state) };
  }
  const dueOf = (row: InboxRow): number => (row.clock ? Date.parse(row.clock.due_at) : Number.MAX_SAFE_INTEGER);
  const rows = computed(() =>
    items.value.flatMap((one) => rowOf(one) ?? []).toSorted((a, b) => dueOf(a) - dueOf(b) || a.incident.number - b.incident.number));
  const groups = computed(() =>
    (["overdue", "today", "later", "none"] as const).map((name) => ({ name, rows: rows.value.filter((row) => row.group === name) })).filter((one) => one.rows.length > 0));
  const picked = computed(() => rows.value.filter((row) => chosen.value.has(row.incident.number)));
  const unsigned = computed(() => rows.value.filter((row) => row.unsigned));

  function toggle(number: number): void {
    const next = new Set(chosen.value);
    if (!next.delete(number)) next.add(number);
    chosen.value = next;
  }
  function choose(numbers: number[]): void {
    chosen.value = new Set(numbers);
  }
  /** Each is an act of its own; one that is refused stays chosen, with the reason beside it. */
  async function signAll(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    outcomes.value = new Map();
    for (const row of picked.value) {
      const { number } = row.incident;
      try {
        await act(number, { action: "sign", order: row.order.id }, { version: row.incident.version });
        note(number, { done: true, text: signed() });
        toggle(number);
      } catch (refusal) {
        note(number, { done: false, text: say(refusal) });
      }
    }
    busy.value = false;
    await load();
  }
  function note(number: number, outcome: Outcome): void {
    outcomes.value = new Map(outcomes.value).set(number, outcome);
  }
  return { rows, groups, picked, unsigned, chosen, outcomes, busy, fault, loaded, load, toggle, choose, signAll };
}
