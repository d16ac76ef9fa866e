/** A caller's matter while it is being taken: what is known, what is near, and saving it exactly once. */
import { computed, reactive, ref, watch } from "vue";
import { listSimilar, locate, reportIncident } from "@core/api/calls";
import { newId } from "@core/api/client";
import { Problem } from "@core/api/problem";
import type { FoundPlace, Incident } from "@core/api/types";

export interface CallDraft {
  text: string;
  category: string;
  placeText: string;
  town: string;
  lon: number | null;
  lat: number | null;
  channel: string;
  name: string;
  phone: string;
  anonymous: boolean;
  wantsReply: boolean;
  attachments: string[];
  /** The number of an order that the hotline's platform gave, and by when it waits for the answer. */
  orderNumber: string;
  orderDue: string;
  /** The open case that the caller means, chosen by the operator. */
  join: number | null;
}
const empty = (): CallDraft => ({
  text: "", category: "", placeText: "", town: "", lon: null, lat: null, channel: "phone",
  name: "", phone: "", anonymous: false, wantsReply: false, attachments: [], orderNumber: "", orderDue: "", join: null,
});

/** The channel whose matters come with a number of the platform above. */
export const HOTLINE = "12345";

export function bodyOfCall(draft: CallDraft): Record<string, unknown> {
  const reporter = {
    ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
    ...(draft.phone.trim() ? { phone: draft.phone.trim() } : {}),
    anonymous: draft.anonymous,
    wants_reply: draft.wantsReply,
  };
  const order = draft.channel === HOTLINE ? draft.orderNumber.trim() : "";
  const known = draft.name.trim() || draft.phone.trim() || draft.anonymous || draft.wantsReply;
  return {
    ...(draft.category ? { category: draft.category } : {}),
    ...(draft.text.trim() ? { text: draft.text.trim() } : {}),
    ...(draft.lon !== null && draft.lat !== null ? { lon: draft.lon, lat: draft.lat, coord_sys: "wgs84" } : {}),
    ...(draft.placeText.trim() ? { place_text: draft.placeText.trim() } : {}),
    ...(draft.town ? { town: draft.town } : {}),
    channel: draft.channel,
    ...(known ? { reporter } : {}),
    ...(order ? { upstream: { system: HOTLINE, number: order, ...(draft.orderDue ? { due_at: draft.orderDue } : {}) } } : {}),
    ...(draft.join === null ? {} : { join: draft.join }),
    ...(draft.attachments.length > 0 ? { attachments: draft.attachments } : {}),
  };
}

/** Drafts live as long as the tab, and only there: a caller's name does not stay on the terminal. */
const KEPT = "citybrain.desk.calls";
const MOST_PARKED = 9;
interface Kept {
  draft: CallDraft;
  startedAt: number;
  key: string;
}
export interface ParkedCall extends Kept {
  parkedAt: number;
}
function readKept(): { now: Kept | null; parked: ParkedCall[] } {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as { now?: Kept; parked?: ParkedCall[] };
    return { now: kept.now ?? null, parked: kept.parked ?? [] };
  } catch {
    return { now: null, parked: [] };
  }
}
const isBlank = (draft: CallDraft): boolean => JSON.stringify(draft) === JSON.stringify(empty());

export function useCallDraft() {
  const kept = readKept();
  const draft = reactive({ ...empty(), ...kept.now?.draft });
  const parked = ref<ParkedCall[]>(kept.parked);
  const similar = ref<(Incident & { distance_m?: number })[]>([]);
  const placed = ref("");
  const busy = ref(false);
  const startedAt = ref(kept.now?.startedAt ?? Date.now());
  let key = kept.now?.key ?? newId();

  const saysWhat = computed(() => draft.category !== "" || draft.text.trim().length > 1);
  const saysWhere = computed(() => draft.lon !== null || draft.town !== "");
  const ready = computed(() => saysWhat.value && saysWhere.value);

  function takePlace(place: Pick<FoundPlace, "lon" | "lat"> & Partial<FoundPlace>): void {
    draft.lon = place.lon;
    draft.lat = place.lat;
    if (place.name) draft.placeText = place.name;
  }
  async function nameOfPlace(): Promise<void> {
    if (draft.lon === null || draft.lat === null) return;
    const found = await locate(draft.lon, draft.lat).catch(() => null);
    placed.value = [found?.town, found?.community, found?.grid].map((one) => one?.name).filter(Boolean).join(" › ");
    if (found?.town) draft.town = found.town.code;
  }
  async function findSimilar(): Promise<void> {
    if (draft.lon === null || draft.lat === null) return void (similar.value = []);
    const page = await listSimilar({ lon: draft.lon, lat: draft.lat, category: draft.category }).catch(() => ({ items: [] }));
    similar.value = page.items;
    if (!page.items.some((one) => one.number === draft.join)) draft.join = null;
  }
  watch(() => [draft.lon, draft.lat], () => void nameOfPlace());
  watch(() => [draft.lon, draft.lat, draft.category], () => void findSimilar());

  const keep = (): void =>
    sessionStorage.setItem(KEPT, JSON.stringify({ now: isBlank(draft) ? null : { draft: { ...draft }, startedAt: startedAt.value, key }, parked: parked.value }));
  watch([draft, parked], keep, { deep: true });
  // The clock of a call runs from the first word, not from when the page was opened.
  watch(() => isBlank(draft), (now, before) => before && !now && (startedAt.value = Date.now()));

  /** Puts the call aside for another one; nothing of it is lost. */
  function park(): void {
    if (isBlank(draft)) return;
    parked.value = [{ draft: { ...draft }, startedAt: startedAt.value, key, parkedAt: Date.now() }, ...parked.value].slice(0, MOST_PARKED);
    clear();
  }
  function takeUp(one: ParkedCall): void {
    park();
    parked.value = parked.value.filter((other) => other.key !== one.key);
    Object.assign(draft, one.draft);
    [startedAt.value, key] = [one.startedAt, one.key];
  }
  if (draft.lon !== null) void Promise.all([nameOfPlace(), findSimilar()]);

  function clear(): void {
    Object.assign(draft, empty());
    similar.value = [];
    placed.value = "";
    startedAt.value = Date.now();
    key = newId();
  }
  async function save(): Promise<Incident | null> {
    if (busy.value || !ready.value) return null;
    busy.value = true;
    try {
      const saved = await reportIncident(bodyOfCall(draft), key);
      clear();
      keep();
      return saved;
    } catch (fault) {
      if (fault instanceof Problem && !fault.passing) key = newId();
      throw fault;
    } finally {
      busy.value = false;
    }
  }
  const blank = computed(() => isBlank(draft));
  return { blank, parked, park, takeUp, draft, similar, placed, busy, startedAt, ready, saysWhat, saysWhere, takePlace, save, clear };
}
