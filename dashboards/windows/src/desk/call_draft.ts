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
  /** The open case that the caller means, chosen by the operator. */
  join: number | null;
}
const empty = (): CallDraft => ({
  text: "", category: "", placeText: "", town: "", lon: null, lat: null, channel: "phone",
  name: "", phone: "", anonymous: false, wantsReply: false, attachments: [], join: null,
});

export function bodyOfCall(draft: CallDraft): Record<string, unknown> {
  const reporter = {
    ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
    ...(draft.phone.trim() ? { phone: draft.phone.trim() } : {}),
    anonymous: draft.anonymous,
    wants_reply: draft.wantsReply,
  };
  const known = draft.name.trim() || draft.phone.trim() || draft.anonymous || draft.wantsReply;
  return {
    ...(draft.category ? { category: draft.category } : {}),
    ...(draft.text.trim() ? { text: draft.text.trim() } : {}),
    ...(draft.lon !== null && draft.lat !== null ? { lon: draft.lon, lat: draft.lat, coord_sys: "wgs84" } : {}),
    ...(draft.placeText.trim() ? { place_text: draft.placeText.trim() } : {}),
    ...(draft.town ? { town: draft.town } : {}),
    channel: draft.channel,
    ...(known ? { reporter } : {}),
    ...(draft.join === null ? {} : { join: draft.join }),
    ...(draft.attachments.length > 0 ? { attachments: draft.attachments } : {}),
  };
}

export function useCallDraft() {
  const draft = reactive(empty());
  const similar = ref<(Incident & { distance_m?: number })[]>([]);
  const placed = ref("");
  const busy = ref(false);
  const startedAt = ref(Date.now());
  let key = newId();

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
      return saved;
    } catch (fault) {
      if (fault instanceof Problem && !fault.passing) key = newId();
      throw fault;
    } finally {
      busy.value = false;
    }
  }
  return { draft, similar, placed, busy, startedAt, ready, saysWhat, saysWhere, takePlace, save, clear };
}
