/**
 * The queue of a seat: filtered, in an order that never moves under the hand. What is new and fits waits behind
 * "12 new" until the hand asks for it; what has changed changes in its place; what is gone goes.
 */
import { computed, reactive, ref, watch } from "vue";
import { listIncidents } from "@core/api/calls";
import type { Domain, Incident, Urgency } from "@core/api/types";
import { useClock } from "@core/data/clock";
import { useIncidents } from "@core/data/incidents";
import { byGravity, concerns, isOpen, isOverdue, needsPerson } from "@core/data/judgement";

export type Tray = "needs" | "to_accept" | "handling" | "to_check" | "overdue" | "open" | "ended";
export interface QueueFilter {
  tray: Tray;
  domain: Domain | "";
  urgency: Urgency | "";
  text: string;
}
const ACCEPT = new Set(["reported", "verifying", "filed"]);
const CHECK = new Set(["disposed", "checking"]);

export function useQueueList() {
  const incidents = useIncidents();
  const clock = useClock();
  const filter = reactive<QueueFilter>({ tray: "open", domain: "", urgency: "", text: "" });
  const shown = ref<number[]>([]);
  const fetched = ref<Incident[]>([]);
  const loading = ref(false);

  const inTray: Record<Tray, (one: Incident) => boolean> = {
    needs: needsPerson,
    to_accept: (one) => ACCEPT.has(one.state),
    handling: (one) => isOpen(one) && !ACCEPT.has(one.state) && !CHECK.has(one.state),
    to_check: (one) => CHECK.has(one.state),
    overdue: (one) => isOverdue(one, clock.now),
    open: isOpen,
    ended: (one) => !isOpen(one),
  };
  function fits(one: Incident): boolean {
    const text = filter.text.trim().toLowerCase();
    return (
      inTray[filter.tray](one) &&
      (filter.domain === "" || concerns(one, filter.domain)) &&
      (filter.urgency === "" || one.urgency === filter.urgency) &&
      (text === "" || `${one.number} ${one.title} ${one.title_en ?? ""} ${one.area?.name ?? ""}`.toLowerCase().includes(text))
    );
  }
  const pool = computed(() => (filter.tray === "ended" ? fetched.value : incidents.all));
  const matching = computed(() => pool.value.filter(fits));
  const byNumber = computed(() => new Map([...fetched.value, ...incidents.all].map((one) => [one.number, one])));
  const rows = computed(() => shown.value.flatMap((number) => byNumber.value.get(number) ?? []));
  const waiting = computed(() => {
    const seen = new Set(shown.value);
    return matching.value.filter((one) => !seen.has(one.number)).length;
  });

  function refresh(): void {
    shown.value = matching.value.toSorted(byGravity).map((one) => one.number);
  }
  async function fetchEnded(): Promise<void> {
    loading.value = true;
    const page = await listIncidents({ q: filter.text, domain: filter.domain, limit: 200 }).catch(() => ({ items: [] }));
    fetched.value = page.items.filter((one) => !isOpen(one));
    loading.value = false;
    refresh();
  }
  watch(() => ({ ...filter }), (now, before) => {
    if (now.tray === "ended" && (before?.tray !== "ended" || before.text !== now.text)) void fetchEnded();
    refresh();
  });
  // The first picture fills an empty list; after that only the hand does.
  watch(() => incidents.fillings, (now, before) => !before && now > 0 && refresh(), { immediate: true });

  return { filter, rows, waiting, refresh, loading };
}
