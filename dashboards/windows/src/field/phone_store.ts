/** What stays on the phone: acts not yet confirmed, their photos, the last known tasks, forms learned from the server. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { ActionSchema, Incident } from "@core/api/types";
import type { ProblemBody } from "@core/api/problem";

export interface KeptPhoto {
  id: string;
  /** A photo, or the sound of a voice note. */
  blob: Blob;
  /** Named by the server once it was announced. */
  attachment: string | null;
  offset: number;
}
export interface OutboxEntry {
  /** Idempotency-Key, for ever the same for this act. */
  key: string;
  seq: number;
  /** Whose act it is: another account on the same phone must not send it. */
  account: string;
  kind: "act" | "report" | "sos" | "shift" | "read";
  incident: number | null;
  order: number | string | null;
  action: string;
  title: string;
  body: Record<string, unknown>;
  /** The field of the body that receives the photos' ids. */
  photoField: string | null;
  photos: string[];
  /** Voice notes go into a field of their own. */
  voice?: string[];
  /** When it was done, by the phone's clock corrected with the offset that was known then. */
  at: string;
  /** The phone's own time, where no offset was known yet: corrected when it is sent. */
  deviceAt?: string | null;
  /** The key of the act on the same incident that this one follows. */
  after: string | null;
  version: number | null;
  refusal: { status: number; body: ProblemBody } | null;
  /** In how many turns the server failed at it. */
  tries?: number;
}
/** What was begun and not sent: the words, the photos and the sounds of one form. */
export interface Draft {
  key: string;
  account: string;
  incident: number | null;
  order: number | string | null;
  title: string;
  act: string;
  at: string;
  values: Record<string, unknown>;
  photos: Blob[];
  voice: Blob[];
}
/** What the phone itself has to tell: a task that was taken away, an act that was refused. */
export interface Notice {
  id: string;
  account: string;
  at: string;
  kind: "taken_away" | "ended" | "refused" | "call_heard" | "call_answered";
  title: string;
  text: string;
  read: boolean;
}
interface PhoneDatabase extends DBSchema {
  outbox: { key: string; value: OutboxEntry };
  photos: { key: string; value: KeptPhoto };
  incidents: { key: number; value: Incident };
  forms: { key: string; value: ActionSchema };
  drafts: { key: string; value: unknown };
  sheets: { key: string; value: Draft };
  notices: { key: string; value: Notice };
  answers: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<PhoneDatabase>> | null = null;

export function phoneStore(): Promise<IDBPDatabase<PhoneDatabase>> {
  opened ??= openDB<PhoneDatabase>("citybrain-field", 2, {
    upgrade(database, from) {
      if (from < 1) {
        database.createObjectStore("outbox", { keyPath: "key" });
        database.createObjectStore("photos", { keyPath: "id" });
        database.createObjectStore("incidents", { keyPath: "number" });
        database.createObjectStore("forms");
        database.createObjectStore("drafts");
      }
      database.createObjectStore("sheets", { keyPath: "key" });
      database.createObjectStore("notices", { keyPath: "id" });
      database.createObjectStore("answers");
    },
    // A newer app in another window wants to go on: let it, and come back with the new one.
    blocking(_from, _to, event) {
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated: () => void (opened = null),
  });
  return opened;
}

export async function listOutbox(account: string): Promise<OutboxEntry[]> {
  const all = await (await phoneStore()).getAll("outbox");
  return all.filter((entry) => entry.account === account).sort((a, b) => a.seq - b.seq);
}

/** Entry and photos are stored in one transaction: never an act whose photo is missing. */
export async function putEntry(entry: OutboxEntry, photos: KeptPhoto[]): Promise<void> {
  const change = (await phoneStore()).transaction(["outbox", "photos"], "readwrite");
  const put = [...photos.map((photo) => change.objectStore("photos").put(photo)), change.objectStore("outbox").put(entry)];
  await Promise.all([...put, change.done]);
}

export async function removeEntry(entry: OutboxEntry): Promise<void> {
  const change = (await phoneStore()).transaction(["outbox", "photos"], "readwrite");
  await Promise.all([...[...entry.photos, ...(entry.voice ?? [])].map((id) => change.objectStore("photos").delete(id)), change.objectStore("outbox").delete(entry.key)]);
  await change.done;
}
