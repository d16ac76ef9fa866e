import "fake-indexeddb/auto";
import { Blob as NodeBlob } from "node:buffer";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Me } from "@core/api/types";
import { useIncidents } from "@core/data/incidents";
import { useSession } from "@core/data/session";
import { stateAhead, usualActs } from "../src/field/next_acts";
import { useOutbox } from "../src/field/outbox";
import { callOf } from "../src/field/outbox_sender";
import { isPhoneFull } from "../src/field/phone_full";
import { listOutbox, phoneStore } from "../src/field/phone_store";
import { incident, order } from "./samples";

interface Seen {
  path: string;
  key: string | null;
  offset: string | null;
  body: Record<string, unknown>;
}
type Answer = { status: number; body: unknown } | "offline";
let seen: Seen[] = [];
let answer: (one: Seen) => Answer;

async function fakeFetch(path: string, given: RequestInit): Promise<Response> {
  const headers = given.headers as Record<string, string>;
  const body = typeof given.body === "string" ? (JSON.parse(given.body) as Record<string, unknown>) : { bytes: (given.body as Blob | null)?.size ?? 0 };
  const one = { path, key: headers["Idempotency-Key"] ?? null, offset: headers["Upload-Offset"] ?? null, body };
  const said = answer(one);
  if (said === "offline") throw new TypeError("offline");
  seen.push(one);
  return new Response(JSON.stringify(said.body), { status: said.status });
}
const me = { username: "w1", name: "张", csrf_token: "t", assignments: [], worker: { id: "w1", name: "张" }, on_shift: true } as unknown as Me;
const deed = (action: string, more = {}) => ({ kind: "act" as const, incident: 7, order: 70, action, title: action, body: {}, ...more });
const taken = (version: number): Answer => ({ status: 200, body: incident({ version }) });
async function sent(outbox: ReturnType<typeof useOutbox>): Promise<void> {
  await vi.waitFor(() => expect(outbox.sending).toBe(false));
  await outbox.send();
}

describe("the outbox", () => {
  beforeEach(async () => {
    setActivePinia(createPinia());
    seen = [];
    vi.stubGlobal("fetch", fakeFetch);
    vi.stubGlobal("Blob", NodeBlob); // the one that a stored copy keeps its bytes of
    const store = await phoneStore();
    await store.clear("outbox");
    await store.clear("photos");
    useSession().me = me;
    useIncidents().take(incident({ version: 3, orders: [order()] }));
  });
  afterEach(() => vi.unstubAllGlobals());

  it("keeps acts while there is no network, then sends each with its own key, the second after the first", async () => {
    const outbox = useOutbox();
    answer = () => "offline";
    await outbox.put(deed("sign"));
    await outbox.put(deed("arrive"));
    await sent(outbox);
    expect(outbox.waiting.map((entry) => entry.action)).toEqual(["sign", "arrive"]);
    const keys = outbox.waiting.map((entry) => entry.key);
    answer = () => taken(5);
    await sent(outbox);
    expect(seen.map((one) => one.path)).toEqual(["/api/v1/orders/70/actions/sign", "/api/v1/orders/70/actions/arrive"]);
    expect(seen.map((one) => one.key)).toEqual(keys);
    expect(seen[0]?.body).toMatchObject({ version: 3 });
    expect(seen[1]?.body).toMatchObject({ after: keys[0] });
    expect(seen[1]?.body).not.toHaveProperty("version");
    expect(Date.parse(String(seen[0]?.body["at"]))).toBeGreaterThan(0);
    expect(await listOutbox("w1")).toEqual([]);
  });
  it("uses the same key again when the answer was lost", async () => {
    const outbox = useOutbox();
    answer = () => ({ status: 503, body: { type: "urn:citybrain:problem:not_now" } });
    await outbox.put(deed("sign"));
    await sent(outbox);
    answer = () => taken(4);
    await sent(outbox);
    expect(new Set(seen.map((one) => one.key)).size).toBe(1);
    expect(seen.length).toBeGreaterThan(1);
  });
  it("lets others go ahead of what the server fails at again and again, but nothing of the same case", async () => {
    const outbox = useOutbox();
    const paths = (): string[] => seen.map((one) => one.path);
    answer = (one) => (one.path === "/api/v1/orders/70/actions/sign" ? { status: 500, body: {} } : taken(4));
    await outbox.put(deed("sign"));
    await outbox.put(deed("arrive"));
    await outbox.put(deed("sign", { incident: 8, order: 80 }));
    await outbox.put({ ...deed("shift", { incident: null, order: null, body: { on: true } }), kind: "shift" });
    for (let turn = 0; outbox.waiting.length > 2; turn += 1) {
      expect(turn).toBeLessThan(4);
      await sent(outbox);
    }
    expect(outbox.aside.map((entry) => entry.action)).toEqual(["sign"]);
    expect(outbox.waiting.map((entry) => [entry.incident, entry.action])).toEqual([[7, "sign"], [7, "arrive"]]);
    expect(paths()).not.toContain("/api/v1/orders/70/actions/arrive");
    answer = () => taken(5);
    await sent(outbox);
    expect(outbox.entries).toEqual([]);
    expect(paths().slice(-2)).toEqual(["/api/v1/orders/70/actions/sign", "/api/v1/orders/70/actions/arrive"]);
  });
  it("says that the phone is full and that nothing was kept; a call for help goes out all the same", async () => {
    const outbox = useOutbox();
    answer = () => ({ status: 201, body: { number: 9 } });
    const full = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    expect(await outbox.put(deed("sign"))).toBe(false);
    expect([isPhoneFull.value, seen]).toEqual([true, []]);
    isPhoneFull.value = false;
    expect(await outbox.put({ ...deed("sos", { incident: null, order: null }), kind: "sos" })).toBe(true);
    expect([isPhoneFull.value, seen.map((one) => one.path)]).toEqual([false, ["/api/v1/workers/me/sos"]]);
    answer = () => "offline";
    expect(await outbox.put({ ...deed("sos", { incident: null, order: null }), kind: "sos" })).toBe(false);
    full.mockRestore();
  });
  it("keeps the number of a call for help that the centre has, for whoever called", async () => {
    const outbox = useOutbox();
    answer = () => ({ status: 201, body: { number: 9 } });
    await outbox.put({ ...deed("sos", { incident: null, order: null }), kind: "sos" });
    await sent(outbox);
    expect([outbox.entries, await (await phoneStore()).get("answers", callOf("w1"))]).toEqual([[], 9]);
  });
  it("asks again soon while the server is still at it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const outbox = useOutbox();
    answer = () => ({ status: 409, body: { type: "urn:citybrain:problem:in_progress" } });
    await outbox.put(deed("sign"));
    await sent(outbox);
    answer = () => taken(4);
    vi.runAllTimers();
    vi.useRealTimers();
    await vi.waitFor(() => expect(outbox.entries).toEqual([]));
  });
  it("shows a refusal and never drops it by itself", async () => {
    const outbox = useOutbox();
    answer = () => ({ status: 409, body: { type: "urn:citybrain:problem:move_not_allowed", state: "closed" } });
    await outbox.put(deed("sign"));
    await sent(outbox);
    await sent(outbox);
    expect(seen).toHaveLength(1);
    expect(outbox.refused[0]?.refusal?.body).toMatchObject({ state: "closed" });
    await outbox.drop(outbox.refused[0] as never);
    expect(outbox.entries).toEqual([]);
  });
  it("goes on with a photo where the line broke, and names it in the act", async () => {
    const outbox = useOutbox();
    const photo = new Blob([new Uint8Array(600 * 1024)], { type: "image/jpeg" });
    let broken = false;
    let mended = false;
    answer = (one) => {
      if (one.path === "/api/v1/attachments") return { status: 201, body: { id: "a1", upload_offset: 0 } };
      if (one.path !== "/api/v1/attachments/a1") return taken(6);
      if (broken && !mended) return "offline";
      broken = true;
      return { status: 200, body: { upload_offset: Number(one.offset) + Number(one.body["bytes"]) } };
    };
    await outbox.put(deed("dispose", { photos: [photo], photoField: "attachments", body: { result: "fixed" } }));
    await sent(outbox);
    expect(outbox.waiting).toHaveLength(1);
    mended = true;
    await sent(outbox);
    const offsets = seen.filter((one) => one.offset !== null).map((one) => Number(one.offset));
    expect(offsets).toEqual([0, 262_144, 524_288]);
    expect(seen.filter((one) => one.path === "/api/v1/attachments")).toHaveLength(1);
    expect(seen.at(-1)?.body).toMatchObject({ result: "fixed", attachments: ["a1"] });
    expect(await (await phoneStore()).count("photos")).toBe(0);
  });
  it("does not send another person's acts", async () => {
    const outbox = useOutbox();
    answer = () => "offline";
    await outbox.put(deed("sign"));
    await sent(outbox);
    useSession().me = { ...me, username: "w2" };
    await outbox.reload();
    answer = () => taken(4);
    await sent(outbox);
    expect(seen).toEqual([]);
    expect(await listOutbox("w1")).toHaveLength(1);
  });
});

describe("what comes next", () => {
  it("runs ahead of the server by what is on the phone", () => {
    const entry = (action: string) => ({ action, order: 70 }) as never;
    expect(stateAhead(order(), [entry("sign"), entry("arrive")])).toBe("arrived");
    expect(stateAhead(order({ id: 71 }), [entry("sign")])).toBe("issued");
  });
  it("offers the usual course, with the forms that were learned", () => {
    const learned = { type: "object", properties: { passed: { type: "boolean" } } };
    const acts = usualActs(order({ kind: "check" }), "arrived", new Map([["check/check", learned]]));
    expect(acts.map((one) => one.action)).toEqual(["check", "cannot_handle"]);
    expect(acts[0]?.schema).toBe(learned);
  });
});
