/**
 * Sends what the phone has done, oldest first, one at a time. An entry leaves the phone only when the server has
 * confirmed that very id; a refusal stays and is shown; whatever may succeed later is tried later.
 */
import { act, postShift, postSos, readMessage, reportIncident } from "@core/api/calls";
import { announce, sendParts } from "@core/api/upload";
import { Problem } from "@core/api/problem";
import type { Incident } from "@core/api/types";
import { correctedAt, learnOffset } from "./phone_clock";
import { listOutbox, phoneStore, removeEntry, type KeptPhoto, type OutboxEntry } from "./phone_store";

export interface SenderEars {
  confirmed(entry: OutboxEntry, incident: Incident | undefined): void;
  refused(entry: OutboxEntry): void;
  changed(): void;
}
export type Outcome = "empty" | "later" | "logged_out";

/** Another tab, or a worker of this page, may be sending: one sender at a time. */
export async function sendAll(account: string, ears: SenderEars): Promise<Outcome> {
  if (!navigator.locks) return sendInTurn(account, ears);
  return navigator.locks.request("citybrain-outbox", { ifAvailable: true }, (lock) =>
    lock ? sendInTurn(account, ears) : ("later" as Outcome),
  );
}

async function sendInTurn(account: string, ears: SenderEars): Promise<Outcome> {
  await learnOffset();
  const tried = new Set<string>();
  // Asked anew for each: what is put in meanwhile goes in the same turn, a call for help next.
  for (let entry = await nextOf(account, tried); entry; entry = await nextOf(account, tried)) {
    tried.add(entry.key);
    try {
      const incident = await sendOne(entry);
      await removeEntry(entry);
      ears.confirmed(entry, incident);
    } catch (fault) {
      const outcome = await takeFault(entry, fault, ears);
      if (outcome) return outcome;
    } finally {
      ears.changed();
    }
  }
  return "empty";
}

async function nextOf(account: string, tried: Set<string>): Promise<OutboxEntry | undefined> {
  const open = (await listOutbox(account)).filter((entry) => !entry.refusal && !tried.has(entry.key));
  return open.find(isCall) ?? open[0];
}
const isCall = (entry: OutboxEntry): boolean => entry.kind === "sos";

/** A call for help waits for nobody's photo: sent past the queue, under the same key as its entry, which stays until it is confirmed. */
export async function sendCalls(account: string): Promise<void> {
  for (const entry of (await listOutbox(account)).filter((one) => isCall(one) && !one.refusal)) {
    await sendOne(entry).then(() => removeEntry(entry), () => undefined);
  }
}

async function takeFault(entry: OutboxEntry, fault: unknown, ears: SenderEars): Promise<Outcome | null> {
  if (!(fault instanceof Problem)) throw fault;
  if (fault.status === 401) return "logged_out";
  if (fault.passing || fault.slug === "in_progress" || fault.slug === "bad_csrf_token") return "later";
  const refused = { ...entry, refusal: { status: fault.status, body: fault.body } };
  await (await phoneStore()).put("outbox", refused);
  ears.refused(refused);
  return null;
}

async function sendOne(entry: OutboxEntry): Promise<Incident | undefined> {
  const at = correctedAt(entry.at, entry.deviceAt);
  if (entry.kind === "shift") return void (await postShift(entry.body["on"] === true, entry.key));
  if (entry.kind === "read") return void (await readMessage(Number(entry.body["id"]), entry.key));
  if (entry.kind === "sos") return void (await postSos({ ...entry.body, at }, entry.key));
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
