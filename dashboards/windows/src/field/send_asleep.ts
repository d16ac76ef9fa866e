/**
 * What the service worker does when the network is back: sends the outbox itself, with the session's cookie, also while
 * the app is closed. Bundled alone and put before the service worker by the build.
 */
import { getMe } from "@core/api/calls";
import { newId, PATIENCE_MS, setCsrfToken } from "@core/api/client";
import { Problem } from "@core/api/problem";
import { sendAll } from "./outbox_sender";
import { phoneStore, type Notice, type OutboxEntry } from "./phone_store";

/** Throws when something is left to send, so that the browser wakes the service worker again. */
export async function sendAsleep(): Promise<void> {
  const asked = Date.now();
  const answer = await fetch("/api/v1/session", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  const offsetMs = Date.parse(answer.headers.get("Date") ?? "") - (asked + Date.now()) / 2;
  const me = await getMe().catch(unlessLoggedOut);
  if (!me) return;
  setCsrfToken(me.csrf_token);
  const told: Promise<void>[] = [];
  const outcome = await sendAll(me.username, {
    confirmed: () => undefined,
    refused: (entry) => void told.push(keepNotice(entry)),
    changed: () => undefined,
    offsetMs: () => (Number.isNaN(offsetMs) ? null : offsetMs),
  });
  await Promise.all(told);
  if (outcome === "later" || outcome === "busy") throw new Error("something is left to send");
}

/** Who has logged out, or whose session has ended, sends when they are back: the page asks for the password. */
function unlessLoggedOut(fault: unknown): null {
  if (fault instanceof Problem && fault.status === 401) return null;
  throw fault;
}

/** The app tells of it when it is opened. */
async function keepNotice({ account, title }: OutboxEntry): Promise<void> {
  const notice: Notice = { id: newId(), account, at: new Date().toISOString(), kind: "refused", title, text: "", read: false };
  await (await phoneStore()).put("notices", notice);
}
