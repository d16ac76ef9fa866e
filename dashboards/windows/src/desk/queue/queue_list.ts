/**
 * The queue of a seat: filtered, in an order that never moves under the hand. What is new and fits waits behind
 * "12 new" until the hand asks for it, but for what this seat took in itself; what has changed changes in its place; what is gone goes.
 */
import { computed, onUnmounted, reactive, ref, shallowRef, watch } from "vue";
import { listIncidents } from "@core/api/calls";
import type { Incident } from "@core/api/types";
import { useClock } from "@core/data/clock";
import { useIncidents } from "@core/data/incidents";
import { useSession } from "@core/data/session";
import { emptyFilter, filterFor, queryOf, sorted, type QueueFilter } from "./queue_filter";

/** Fifty entries a second need not be counted fifty times. */
const APART_MS = 300;
const SETTLE_MS = 250;
const TYPED_MS = 120;
const PAGE = 100;

/** What this seat has taken in itself: it stands in its queue at once, at the top, and waits for no hand. */
export const ownNew = new Set<number>();

/** The posts, teams and worker whose work is "mine" on this seat. */
function handsOf(session: ReturnType<typeof useSession>): Set<string> {
  const own = (session.me?.assignments ?? []).flatMap(({ department, area }) =>
    department ? [department.code, `dept-${department.code}`] : area ? [`desk-${area.code}`, `community-${area.code}`] : []);
  return new Set([...own, ...(session.workerId ? [session.workerId] : [])]);
}

export function useQueueList() {
  const incidents = useIncidents();
  const session = useSession();
  const clock = useClock();
  const filter = reactive<QueueFilter>(emptyFilter());
  const numbers = shallowRef<number[]>([]);
  const ended = shallowRef(new Map<number, Incident>());
  const more = ref<string | null>(null);
  const loading = ref(false);
  const waiting = ref(0);
  const hands = computed(() => handsOf(session));
  let timer: ReturnType<typeof setTimeout> | null = null;
  let asked = 0;

  const find = (number: number): Incident | undefined => incidents.byNumber.get(number) ?? ended.value.get(number);
  const list = (): Incident[] => (filter.tray === "ended" ? [...ended.value.values()] : incidents.all);
  const fitting = (): Incident[] => list().filter(filterFor(filter, clock.now, hands.value));
  /** What the map shows and the keys walk; new only when the list itself has changed. */
  const rows = computed(() => numbers.value.flatMap((number) => find(number) ?? []));

  function refresh(): void {
    const found = fitting();
    numbers.value = (filter.tray === "ended" ? found : sorted(found, filter.sort)).map((one) => one.number);
    waiting.value = 0;
  }
  function recount(): void {
    timer = null;
    const here = new Set(numbers.value);
    const left = numbers.value.filter((number) => find(number));
    if (left.length < numbers.value.length) numbers.value = left;
    const fresh = filter.tray === "ended" ? [] : fitting().flatMap(({ number }) => (here.has(number) ? [] : [number]));
    const own = fresh.filter((number) => ownNew.has(number));
    if (own.length > 0) numbers.value = [...own, ...numbers.value];
    waiting.value = fresh.length - own.length;
  }
  const soon = (): void => void (timer ??= setTimeout(recount, APART_MS));

  async function fetchEnded(isNext = false): Promise<void> {
    if (isNext && (loading.value || !more.value)) return;
    const mine = ++asked;
    loading.value = true;
    const query = { ...queryOf(filter), order: filter.sort === "oldest" ? "oldest" : "newest", limit: PAGE, ...(isNext ? { cursor: more.value } : {}) };
    const page = await listIncidents(query).catch(() => ({ items: [], next: null }));
    if (mine !== asked) return;
    ended.value = new Map([...(isNext ? ended.value : []), ...page.items.map((one) => [one.number, one] as const)]);
    more.value = page.next;
    loading.value = false;
    numbers.value = [...ended.value.keys()];
    waiting.value = 0;
  }
  let settling: ReturnType<typeof setTimeout> | null = null;
  watch(() => ({ ...filter }), (now, before) => {
    if (settling) clearTimeout(settling);
    const isTyped = before && before.text !== now.text;
    // Between two letters nothing is reckoned; any other wish is met at once.
    if (now.tray !== "ended") return isTyped ? void (settling = setTimeout(refresh, TYPED_MS)) : refresh();
    settling = setTimeout(() => void fetchEnded(), isTyped ? SETTLE_MS : 0);
  });
  watch(() => incidents.all, soon);
  // The first picture fills an empty list; after that only the hand does.
  watch(() => incidents.fillings, (now, before) => !before && now > 0 && refresh(), { immediate: true });
  onUnmounted(() => [timer, settling].forEach((one) => one && clearTimeout(one)));

  return { filter, numbers, rows, find, waiting, refresh, loading, more, fetchMore: () => fetchEnded(true) };
}
export type QueueListState = ReturnType<typeof useQueueList>;
