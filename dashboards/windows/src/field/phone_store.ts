/** What stays on the phone: acts not yet confirmed, their photos, the last known tasks, forms learned from the server. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { ActionSchema, Incident } from "@core/api/types";
import type { ProblemBody } from "@core/api/problem";

export interface KeptPhoto {
  id: string;
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
  kind: "act" | "report";
  incident: number | null;
  order: number | string | null;
  action: string;
  title: string;
  body: Record<string, unknown>;
  /** The field of the body that receives the photos' ids. */
  photoField: string | null;
  photos: string[];
  /** When it was done, by the phone's clock corrected with the known offset. */
  at: string;
  /** The key of the act on the same incident that this one follows. */
  after: string | null;
  version: number | null;
  refusal: { status: number; body: ProblemBody } | null;
}
interface PhoneDatabase extends DBSchema {
  outbox: { key: string; value: OutboxEntry };
  photos: { key: string; value: KeptPhoto };
  incidents: { key: number; value: Incident };
  forms: { key: string; value: ActionSchema };
  drafts: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<PhoneDatabase>> | null = null;

export function phoneStore(): Promise<IDBPDatabase<PhoneDatabase>> {
  opened ??= openDB<PhoneDatabase>("citybrain-field", 1, {
    upgrade(database) {
      database.createObjectStore("outbox", { keyPath: "key" });
      database.createObjectStore("photos", { keyPath: "id" });
      database.createObjectStore("incidents", { keyPath: "number" });
      database.createObjectStore("forms");
      database.createObjectStore("drafts");
    },
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
  await Promise.all([...photos.map((photo) => change.objectStore("photos").put(photo)), change.objectStore("outbox").put(entry)]);
  await change.done;
}

export async function removeEntry(entry: OutboxEntry): Promise<void> {
  const change = (await phoneStore()).transaction(["outbox", "photos"], "readwrite");
  await Promise.all([...entry.photos.map((id) => change.objectStore("photos").delete(id)), change.objectStore("outbox").delete(entry.key)]);
  await change.done;
}
