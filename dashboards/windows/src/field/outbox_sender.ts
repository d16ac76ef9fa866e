/**
 * Sends what the phone has done, oldest first, one at a time. An entry leaves the phone only when the server has
 * confirmed that very id; a refusal stays and is shown; whatever may succeed later is tried later. At what the server
 * itself fails again and again no other case waits. Runs in the page, and in the service worker while no page is open.
 */
import { act, postShift, postSos, readMessage, reportIncident } from "@core/api/calls";
import { announce, sendParts } from "@core/api/upload";
import { Problem } from "@core/api/problem";
import type { Incident } from "@core/api/types";
import { listOutbox, phoneStore, removeEntry, type KeptPhoto, type OutboxEntry } from "./phone_store";

export interface SenderEars {
  confirmed(entry: OutboxEntry, incident: Incident | undefined): void;
  refused(entry: OutboxEntry): void;
  changed(): void;
  /** How far the phone's clock is behind the server's, once that is known. */
  offsetMs(): number | null;
}
export type Outcome = "empty" | "later" | "busy" | "logged_out" | "stale";
/** After so many turns in which the server failed at an entry, what does not follow from it goes ahead. */
const TURNS_WAITED = 3;
export const isAside = (entry: OutboxEntry): boolean => (entry.tries ?? 0) >= TURNS_WAITED;
/** What must stay in order: the acts on one case, going on and off shift. */
export const courseOf = (entry: OutboxEntry): string => (entry.incident !== null ? `case ${entry.incident}` : entry.kind === "shift" ? "shift" : entry.key);

/** Another tab, or the service worker, may be sending: one sender at a time, the next sees what is left. */
export async function sendAll(account: string, ears: SenderEars): Promise<Outcome> {
  if (!navigator.locks) return sendInTurn(account, ears);
  return navigator.locks.request("citybrain-outbox", () => sendInTurn(account, ears));
}

async function sendInTurn(account: string, ears: SenderEars): Promise<Outcome> {
  const tried = new Set<string>();
  const halted = new Set<string>();
  // Asked anew for each: what is put in meanwhile goes in the same turn, a call for help next.
  for (let entry = await nextOf(account, tried, halted); entry; entry = await nextOf(account, tried, halted)) {
    tried.add(entry.key);
    try {
      const incident = await sendOne(entry, ears);
      await removeEntry(entry);
      ears.confirmed(entry, incident);
    } catch (fault) {
      const outcome = await takeFault(entry, fault, ears);
      if (outcome) return outcome;
      halted.add(courseOf(entry));
    } finally {
      ears.changed();
    }
  }
  return (await listOutbox(account)).some((entry) => !entry.refusal && tried.has(entry.key)) ? "later" : "empty";
}

async function nextOf(account: string, tried: Set<string>, halted: Set<string>): Promise<OutboxEntry | undefined> {
  const open = (await listOutbox(account)).filter((entry) => !entry.refusal && !tried.has(entry.key) && !halted.has(courseOf(entry)));
  return open.find(isCall) ?? open[0];
}
export const callOf = (account: string): string => `call of ${account}`;
const isCall = (entry: OutboxEntry): boolean => entry.kind === "sos";

/** A call for help waits for nobody's photo: sent past the queue, under the same key as its entry, which stays until it is confirmed. */
export async function sendCalls(account: string, ears: Pick<SenderEars, "offsetMs">): Promise<void> {
  for (const entry of (await listOutbox(account)).filter((one) => isCall(one) && !one.refusal)) {
    await sendOne(entry, ears).then(() => removeEntry(entry), () => undefined);
  }
}

/** Null when the turn goes on; of the entry's own case nothing goes before it. */
async function takeFault(entry: OutboxEntry, fault: unknown, ears: SenderEars): Promise<Outcome | null> {
  if (!(fault instanceof Problem) || fault.status >= 500) return stumble(entry);
  if (fault.status === 401) return "logged_out";
  if (fault.slug === "bad_csrf_token") return "stale";
  if (fault.slug === "in_progress") return "busy";
  if (fault.passing) return "later";
  const refused = { ...entry, refusal: { status: fault.status, body: fault.body } };
  await (await phoneStore()).put("outbox", refused);
  ears.refused(refused);
  return null;
}
/** The server failed at it, or the phone cannot read it: it is kept, and after some turns the others need not wait for it. */
async function stumble(entry: OutboxEntry): Promise<Outcome | null> {
  const again = { ...entry, tries: (entry.tries ?? 0) + 1 };
  await (await phoneStore()).put("outbox", again);
  return isAside(again) ? null : "later";
}

/** Whoever sends it again says the very same: under one key the server takes no other words, nor another second. */
async function settleTime(entry: OutboxEntry, ears: Pick<SenderEars, "offsetMs">): Promise<string> {
  const offsetMs = ears.offsetMs();
  if (!entry.deviceAt || offsetMs === null) return entry.at;
  Object.assign(entry, { at: new Date(Date.parse(entry.deviceAt) + offsetMs).toISOString(), deviceAt: null });
  await (await phoneStore()).put("outbox", entry);
  return entry.at;
}

async function sendOne(entry: OutboxEntry, ears: Pick<SenderEars, "offsetMs">): Promise<Incident | undefined> {
  const at = await settleTime(entry, ears);
  if (entry.kind === "shift") return void (await postShift(entry.body["on"] === true, entry.key));
  if (entry.kind === "read") return void (await readMessage(Number(entry.body["id"]), entry.key));
  if (entry.kind === "sos") return keepCall(entry, (await postSos({ ...entry.body, at }, entry.key)).number);
  const photos = await sendPhotos(entry.photos);
  const voice = await sendPhotos(entry.voice ?? []);
  if (entry.kind === "report") {
    const attachments = [...photos, ...voice];
    return reportIncident({ ...entry.body, ...(attachments.length > 0 ? { attachments } : {}), at }, entry.key);
  }
  const shown = entry.photoField && photos.length > 0 ? { [entry.photoField]: photos } : {};
  const body = { ...entry.body, ...shown, ...(voice.length > 0 ? { voice } : {}) };
  const follows = entry.after ? { after: entry.after } : entry.version === null ? {} : { version: entry.version };
  return act(entry.incident ?? 0, { action: entry.action, order: entry.order }, { ...body, ...follows, at }, entry.key);
}

/** The centre has the call: whose it is and its number stay on the phone, until somebody has answered it. */
async function keepCall(entry: OutboxEntry, number: number): Promise<undefined> {
  await (await phoneStore()).put("answers", number, callOf(entry.account)).catch(() => undefined);
}

async function sendPhotos(wanted: string[]): Promise<string[]> {
  const store = await phoneStore();
  const ids: string[] = [];
  for (const id of wanted) {
    const photo = await store.get("photos", id);
    if (photo) ids.push(await sendPhoto(photo).catch((fault: unknown) => sendAnew(photo, fault)));
  }
  return ids;
}

async function sendPhoto(photo: KeptPhoto): Promise<string> {
  const store = await phoneStore();
  if (!photo.attachment) {
    const announced = await announce(`${photo.id}.${endingOf(photo.blob)}`, photo.blob, photo.id);
    photo.attachment = announced.id;
    photo.offset = announced.upload_offset ?? 0;
    await store.put("photos", photo);
  }
  const { attachment } = photo;
  await sendParts(attachment, photo.blob, photo.offset, (offset) => {
    photo.offset = offset;
    void store.put("photos", { ...photo });
  });
  return attachment;
}

/** What was begun long ago the server may have swept away: it is announced once more. */
async function sendAnew(photo: KeptPhoto, fault: unknown): Promise<string> {
  if (!(fault instanceof Problem) || fault.status !== 404) throw fault;
  return sendPhoto({ ...photo, attachment: null, offset: 0 });
}

const endingOf = (blob: Blob): string => (blob.type.startsWith("audio/") ? (blob.type.includes("mp4") ? "m4a" : "weba") : "jpg");
