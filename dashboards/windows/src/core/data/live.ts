/** Connects the live feed with the data files of this page; components see only those. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { LiveFeed, type Socket } from "../live/feed";
import { recall } from "../live/recall";
import type { EntriesFrame, FeedState, ShowFrame, SnapshotFrame, Subscription } from "../live/frames";
import { useClock } from "./clock";
import { useIncidents } from "./incidents";
import { useOverview } from "./overview";
import { TELL_APART_MS } from "./paced";
import { useSession } from "./session";
import { useStream } from "./stream";
import { useWorkers } from "./workers";

function openSocket(): Socket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}/api/v1/live`) as unknown as Socket;
}

export const useLive = defineStore("live", () => {
  const state = ref<FeedState>("connecting");
  const heardAt = ref(0);
  const heartbeats = ref(0);
  /** What is shown is past (playback): nothing is asked that the present would answer. */
  const isPast = ref(false);
  const shown = ref<ShowFrame | null>(null);
  /** The area that was asked for last, where it is none of this person's. */
  const refusedArea = ref<string | null>(null);
  const clock = useClock();
  const ageS = computed(() => (heardAt.value === 0 ? null : Math.max(0, Math.round((clock.now - heardAt.value) / 1000))));
  const listeners = new Set<(frame: EntriesFrame) => void>();
  let feed: LiveFeed | null = null;
  let current: Subscription = { view: "wall" };

  /** Ages are told in seconds: not every frame is news to them. */
  function heard(): void {
    const now = Date.now() + clock.offsetMs;
    if (Math.abs(now - heardAt.value) >= TELL_APART_MS) heardAt.value = now;
  }

  function remember(frame: SnapshotFrame): void {
    const asked = current;
    recall(asked, frame, (entries) => asked === current && useStream().fill(entries), openSocket);
  }
  /** Follows the feed; `past` is a period that is played back in place of it, by the same way. */
  function start(subscription: Subscription, past?: () => Socket): void {
    current = subscription;
    refusedArea.value = null;
    isPast.value = Boolean(past);
    if (feed) {
      useStream().clear();
      return feed.restart(subscription);
    }
    const incidents = useIncidents();
    const overview = useOverview();
    const session = useSession();
    const stream = useStream();
    const workers = useWorkers();
    feed = new LiveFeed(subscription, {
      snapshot(frame) {
        heard();
        incidents.fill(frame);
        if (frame.overview) overview.take(frame.overview);
        else if (!isPast.value && current.view !== "field") void overview.ask();
        if (isPast.value) stream.clear();
        else if (stream.entries.length === 0) remember(frame);
      },
      entries(frame) {
        heard();
        incidents.apply(frame);
        stream.take(frame.entries);
        stream.dropIncidents(frame.gone ?? []);
        if (frame.overview) overview.take(frame.overview);
        else if (!isPast.value && current.view !== "field") overview.askSoon();
        listeners.forEach((listener) => listener(frame));
      },
      positions: (frame) => workers.move(frame.items),
      show: (frame) => void (shown.value = frame),
      heartbeat(serverAt) {
        clock.hear(serverAt);
        heard();
        incidents.sweep();
        heartbeats.value += 1;
      },
      state: (next) => void (state.value = next),
      loggedOut: () => session.forget(),
      rightsChanged: async () => void (await session.load()),
      noSuchArea: (area) => void (refusedArea.value = area),
    }, { open: past ?? openSocket, now: () => performance.now(), random: Math.random });
    feed.start();
  }
  function stop(): void {
    feed?.stop();
    feed = null;
    state.value = "connecting";
  }
  function onEntries(listener: (frame: EntriesFrame) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
  if (typeof window !== "undefined") {
    window.addEventListener("online", () => feed?.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && feed?.hurry());
  }
  return { state, ageS, heartbeats, heardAt, isPast, shown, refusedArea, start, stop, onEntries };
});
