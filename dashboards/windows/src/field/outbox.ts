/** The outbox as the pages see it: what waits, what was refused; acts are put in here and nowhere else. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { postSos } from "@core/api/calls";
import { newId } from "@core/api/client";
import { useIncidents } from "@core/data/incidents";
import { useSession } from "@core/data/session";
import { askForSync } from "./background_sync";
import { tellNotice } from "./notices";
import { courseOf, isAside, sendAll, sendCalls, type Outcome } from "./outbox_sender";
import { knownOffsetMs, learnOffset, stampNow } from "./phone_clock";
import { isPhoneFull } from "./phone_full";
import { listOutbox, putEntry, removeEntry, type KeptPhoto, type OutboxEntry } from "./phone_store";

const AGAIN_MS = 30_000;
/** The server is at it still, or a new token was fetched: asked again at once. */
const SOON_MS = 1_500;

export interface Deed extends Pick<OutboxEntry, "kind" | "incident" | "order" | "action" | "title" | "body"> {
  photoField?: string | null;
  photos?: Blob[];
  voice?: Blob[];
}

export const useOutbox = defineStore("outbox", () => {
  const entries = ref<OutboxEntry[]>([]);
  const sending = ref(false);
  const waiting = computed(() => entries.value.filter((entry) => !entry.refusal));
  /** What the server failed at again and again: kept and tried on, while the others go. */
  const aside = computed(() => waiting.value.filter(isAside));
  /** Aside itself, or behind such an act on the same case. */
  const isHeld = (entry: OutboxEntry): boolean => aside.value.some((first) => courseOf(first) === courseOf(entry));
  const refused = computed(() => entries.value.filter((entry) => entry.refusal));
  const session = useSession();
  const account = (): string => session.me?.username ?? "";

  async function reload(): Promise<void> {
    entries.value = await listOutbox(account());
  }
  /** The last act on this incident that is still on the phone: the next one follows it. */
  const lastOn = (incident: number | null): OutboxEntry | undefined =>
    incident === null ? undefined : waiting.value.findLast((entry) => entry.incident === incident);

  /** False when the phone has no room for it: that is said, and the form stays as it is. */
  async function put(deed: Deed): Promise<boolean> {
    const photos = kept(deed.photos);
    const voice = kept(deed.voice);
    const before = lastOn(deed.incident);
    const entry: OutboxEntry = {
      key: newId(),
      seq: Math.max(Date.now(), (entries.value.at(-1)?.seq ?? 0) + 1),
      account: account(),
      kind: deed.kind,
      incident: deed.incident,
      order: deed.order,
      action: deed.action,
      title: deed.title,
      body: deed.body,
      photoField: deed.photoField ?? null,
      photos: photos.map((photo) => photo.id),
      voice: voice.map((sound) => sound.id),
      ...stampNow(),
      after: before?.key ?? null,
      version: before ? null : (useIncidents().find(deed.incident)?.version ?? null),
      refusal: null,
    };
    const isKept = await putEntry(JSON.parse(JSON.stringify(entry)) as OutboxEntry, [...photos, ...voice]).then(() => true, () => false);
    if (!isKept && deed.kind === "sos") return callUnkept(entry);
    isPhoneFull.value = !isKept;
    if (!isKept) return false;
    await reload();
    if (deed.kind === "sos" && sending.value) void sendCalls(account(), { offsetMs: knownOffsetMs }).then(reload);
    else void send();
    return true;
  }
  /** A call for help needs no room on the phone: it goes out at once, or is known to have failed. */
  async function callUnkept(entry: OutboxEntry): Promise<boolean> {
    return postSos({ ...entry.body, at: entry.at }, entry.key).then(() => true, () => false);
  }
  async function send(): Promise<void> {
    if (sending.value || !account() || waiting.value.length === 0) return;
    sending.value = true;
    let outcome: Outcome = "later";
    try {
      await learnOffset();
      outcome = await sendAll(account(), {
        confirmed: (_entry, incident) => incident?.number !== undefined && useIncidents().take(incident),
        refused: (entry) => void tellNotice(account(), "refused", entry.title),
        changed: () => void reload(),
        offsetMs: knownOffsetMs,
      });
      // Another window logged in anew: its token is asked for, and serves the next turn.
      if (outcome === "stale") await session.load();
    } finally {
      sending.value = false;
      await reload();
      if (waiting.value.length > 0) void goOn(outcome);
    }
  }
  function goOn(outcome: Outcome): unknown {
    if (outcome === "empty") return send();
    if (outcome === "busy" || outcome === "stale") return setTimeout(() => void send(), SOON_MS);
    return askForSync();
  }
  /** The person has read the refusal and lets the act go. */
  async function drop(entry: OutboxEntry): Promise<void> {
    await removeEntry(entry);
    await reload();
  }
  function start(): void {
    // Asked before there is anything to send: an act told once with another time than before would be refused.
    void learnOffset();
    void reload().then(send);
    window.addEventListener("online", () => void send());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void send());
    navigator.serviceWorker?.addEventListener("message", () => void reload().then(send));
    setInterval(() => void send(), AGAIN_MS);
  }
  return { entries, waiting, aside, isHeld, refused, sending, reload, put, send, drop, start, lastOn };
});

const kept = (blobs: Blob[] = []): KeptPhoto[] => blobs.map((blob) => ({ id: newId(), blob, attachment: null, offset: 0 }));
