/** A photo on its way: announced, then sent in parts that can go on where they stopped. */
import { call, post } from "./client";
import { Problem } from "./problem";

export const PART_BYTES = 256 * 1024;

export interface Announced {
  id: string;
  upload_offset: number;
}

export const announce = (name: string, blob: Blob, key?: string): Promise<Announced> =>
  post<Announced>("/attachments", { name, content_type: blob.type || "application/octet-stream", size: blob.size }, key);

/** Sends what is missing; `moved` hears each offset that the server has confirmed. */
export async function sendParts(id: string, blob: Blob, from: number, moved: (offset: number) => void): Promise<void> {
  let offset = from;
  let complete = false;
  // All may be there and yet unfinished, when the server stopped just then: asked once more, it finishes.
  while (!complete) {
    const part = blob.slice(offset, offset + PART_BYTES);
    const answer = await call<{ upload_offset: number; complete?: boolean }>("PATCH", `/attachments/${id}`, {
      body: part,
      headers: { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
    }).catch((fault: unknown) => resumeAt(fault, offset));
    offset = answer.upload_offset;
    complete = answer.complete ?? offset >= blob.size;
    moved(offset);
  }
}

/** The server may have stored a part whose answer was lost; it then names the offset that it expects. */
function resumeAt(fault: unknown, sent: number): { upload_offset: number; complete?: boolean } {
  const expected = fault instanceof Problem && fault.status === 409 ? fault.body["upload_offset"] : undefined;
  if (typeof expected === "number" && expected !== sent) return { upload_offset: expected, complete: false };
  throw fault;
}

/** Announces and sends in one go, for seats with a steady line. */
export async function uploadWhole(name: string, blob: Blob): Promise<string> {
  const { id, upload_offset } = await announce(name, blob);
  await sendParts(id, blob, upload_offset ?? 0, () => undefined);
  return id;
}
