/** One incident with everything the desk shows of it; read again whenever the live feed says that it has changed. */
import { computed, onUnmounted, ref, watch } from "vue";
import { getDecision, getIncident, getTimeline, listActions } from "@core/api/calls";
import type { Action, DecisionStep, Incident, TimelineItem } from "@core/api/types";
import { Problem } from "@core/api/problem";
import { useIncidents } from "@core/data/incidents";

const SETTLE_MS = 400;

export function useIncidentFile(number: number) {
  const incidents = useIncidents();
  const incident = computed(() => incidents.find(number));
  const actions = ref<Action[]>([]);
  const timeline = ref<TimelineItem[]>([]);
  const decision = ref<DecisionStep[]>([]);
  const fault = ref<unknown>(null);
  let timer: ReturnType<typeof setTimeout> | null = null;

  async function loadSides(): Promise<void> {
    const [acts, told, why] = await Promise.all([
      listActions(number).catch(() => ({ items: [] })),
      getTimeline(number).catch(() => ({ items: [] })),
      getDecision(number).catch(() => ({ items: [] })),
    ]);
    actions.value = acts.items;
    timeline.value = told.items;
    decision.value = why.items;
  }
  async function load(): Promise<void> {
    try {
      incidents.take(await getIncident(number));
      fault.value = null;
      await loadSides();
    } catch (refusal) {
      fault.value = refusal;
      if (refusal instanceof Problem && refusal.status === 404) incidents.drop(number);
    }
  }
  /** After one's own act, which may have taken the case out of one's view (a return does); false: it has. */
  function take(next: Incident & { visible?: boolean }): boolean {
    if (next.visible === false) incidents.drop(number);
    else {
      incidents.take(next);
      void load();
    }
    return next.visible !== false;
  }
  function loadSoon(): void {
    if (timer) clearTimeout(timer);
    timer = setTimeout(load, SETTLE_MS);
  }
  const stamp = (): string => {
    const one = incident.value;
    return one ? `${one.version}/${one.updated_at}/${one.state}/${one.sources.length}/${one.orders.map((order) => order.state).join()}` : "";
  };
  watch(stamp, (now, before) => {
    if (incidents.hasLeft(number)) {
      if (timer) clearTimeout(timer);
      fault.value = new Problem(404, { type: "left" });
    } else if (before !== "" && now !== before) loadSoon();
  });
  onUnmounted(() => timer && clearTimeout(timer));
  void load();

  return { incident, actions, timeline, decision, fault, load, take };
}
