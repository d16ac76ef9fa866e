import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { phoneStore, listOutbox, type OutboxEntry } from "../src/field/phone_store";
import { sendAsleep } from "../src/field/send_asleep";

const entry: OutboxEntry = {
  key: "k1", seq: 1, account: "w1", kind: "act", incident: 7, order: 70, action: "sign", title: "签收", body: {}, photoField: null,
  photos: [], at: "2026-03-01T06:00:00Z", deviceAt: null, after: null, version: 3, refusal: null,
};
let acts: { path: string; csrf: string | undefined }[] = [];
const moments: string[] = [];
function serve(me: number | string, act: number): void {
  vi.stubGlobal("fetch", (path: string, given?: RequestInit) => {
    if (path.endsWith("/session")) return Promise.resolve(new Response("{}", { status: 200, headers: { Date: new Date().toUTCString() } }));
    if (path.endsWith("/me")) return Promise.resolve(typeof me === "number" ? new Response("{}", { status: me }) : new Response(JSON.stringify({ username: me, csrf_token: "t2" })));
    moments.push((JSON.parse(given?.body as string) as { at: string }).at);
    acts.push({ path, csrf: (given?.headers as Record<string, string> | undefined)?.["X-CSRF-Token"] });
    return Promise.resolve(new Response(JSON.stringify({ type: "x", detail: "x" }), { status: act }));
  });
}

describe("the service worker on its own", () => {
  beforeEach(async () => {
    acts = [];
    await (await phoneStore()).clear("notices");
    await (await phoneStore()).put("outbox", entry);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("sends what waits, with the token of now", async () => {
    serve("w1", 200);
    await sendAsleep();
    expect(acts).toEqual([{ path: "/api/v1/orders/70/actions/sign", csrf: "t2" }]);
    expect(await listOutbox("w1")).toEqual([]);
  });
  it("says the same moment again when the server failed, though the clock is known better by then", async () => {
    moments.length = 0;
    await (await phoneStore()).put("outbox", { ...entry, deviceAt: "2026-03-01T06:00:00.250Z" });
    serve("w1", 503);
    await expect(sendAsleep()).rejects.toThrow();
    await new Promise((later) => setTimeout(later, 30));
    await expect(sendAsleep()).rejects.toThrow();
    expect(moments).toHaveLength(2);
    expect(moments[1]).toBe(moments[0]);
  });
  it("sends nothing of another account, and nothing when nobody is logged in", async () => {
    serve("w2", 200);
    await sendAsleep();
    serve(401, 200);
    await sendAsleep();
    expect(acts).toEqual([]);
    expect(await listOutbox("w1")).toHaveLength(1);
  });
  it("asks to be woken again while something is left, and keeps what was refused to be told", async () => {
    serve("w1", 503);
    await expect(sendAsleep()).rejects.toThrow("left to send");
    serve("w1", 409);
    await sendAsleep();
    expect((await listOutbox("w1"))[0]?.refusal?.status).toBe(409);
    expect(await (await phoneStore()).count("notices")).toBe(1);
  });
});
