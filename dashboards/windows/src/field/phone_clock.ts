/**
 * When something was done: the phone's clock, corrected with what is known of its error. The error is kept, so that a
 * phone whose clock is a day off tells true times also when it was opened without a network.
 */
import { ref, watch } from "vue";
import { PATIENCE_MS } from "@core/api/client";
import { useClock } from "@core/data/clock";
import { useLive } from "@core/data/live";

const KEPT = "citybrain.clock";
/** From here on the person is told that the phone's clock is wrong. */
export const WRONG_MS = 5 * 60_000;
const known = ref(false);

export function startPhoneClock(): void {
  const clock = useClock();
  const live = useLive();
  const kept = Number(localStorage.getItem(KEPT) ?? "x");
  if (Number.isFinite(kept)) {
    known.value = true;
    clock.offsetMs = kept;
  }
  watch(() => [live.heartbeats, clock.offsetMs] as const, ([beats, offset]) => beats > 0 && keep(offset));
}
function keep(offsetMs: number): void {
  known.value = true;
  localStorage.setItem(KEPT, String(Math.round(offsetMs)));
}

export interface Stamp {
  at: string;
  deviceAt: string | null;
}
/** The moment of an act; without any known error the phone's own time is told apart, to be corrected when it is sent. */
export function stampNow(): Stamp {
  const device = new Date();
  const at = new Date(device.getTime() + useClock().offsetMs).toISOString();
  return { at, deviceAt: known.value ? null : device.toISOString() };
}

/** Asks the server for the time by the date of an answer; good to a second, until a heartbeat says it better. */
export async function learnOffset(): Promise<void> {
  if (known.value) return;
  const answer = await fetch("/api/v1/session", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  const said = Date.parse(answer?.headers.get("Date") ?? "");
  if (Number.isNaN(said)) return;
  useClock().offsetMs = said - Date.now();
  keep(useClock().offsetMs);
}

/** How far the phone's clock is behind the server's; null as long as nobody knows. */
export const knownOffsetMs = (): number | null => (known.value ? useClock().offsetMs : null);
