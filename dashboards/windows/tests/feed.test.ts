import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveFeed, type FeedEars, type Socket } from "@core/live/feed";
import { recall } from "@core/live/recall";
import type { Frame } from "@core/live/frames";

class Wire implements Socket {
  sent: { type: string; since?: { epoch: string; number: number } }[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  send(text: string): void { this.sent.push(JSON.parse(text) as never); }
  close(): void { this.closed = true; }
  say(frame: Frame): void { this.onmessage?.({ data: JSON.stringify(frame) }); }
}

let wires: Wire[] = [];
let heard: string[] = [];
let feed: LiveFeed;
const open = (): Wire => {
  const wire = new Wire();
  wires.push(wire);
  return wire;
};
const ears: FeedEars = {
  snapshot: (frame) => void heard.push(`snapshot ${frame.number}`),
  entries: (frame) => void heard.push(`entries ${frame.from}-${frame.to}`),
  positions: () => void heard.push("positions"),
  heartbeat: () => undefined,
  state: (state) => void heard.push(state),
  loggedOut: () => void heard.push("logged out"),
  rightsChanged: async () => void heard.push("rights"),
  noSuchArea: (area) => void heard.push(`no area ${area}`),
};
const last = (): Wire => wires.at(-1) as Wire;
const snapshot = (number: number, epoch = "e"): Frame => ({ type: "snapshot", epoch, number, incidents: [] });
const entries = (from: number, to: number, epoch = "e"): Frame => ({ type: "entries", epoch, from, to, entries: [] });

describe("live feed", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    wires = [];
    heard = [];
    feed = new LiveFeed({ view: "wall", area: "321311" }, ears, { open, now: () => Date.now(), random: () => 1 });
    feed.start();
    last().onopen?.();
  });
  afterEach(() => {
    feed.stop();
    vi.useRealTimers();
  });

  it("starts with a snapshot and follows without a gap", () => {
    expect(last().sent[0]).toEqual({ type: "subscribe", view: "wall", area: "321311" });
    last().say(snapshot(10));
    last().say(entries(11, 12));
    last().say({ type: "heartbeat", number: 20, at: "" });
    last().say(entries(21, 21));
    vi.advanceTimersByTime(200);
    expect(heard).toEqual(["snapshot 10", "live", "entries 11-12", "entries 21-21"]);
  });
  it("asks for a new snapshot when a number is missing, and takes nothing until it comes", () => {
    last().say(snapshot(10));
    last().say(entries(13, 13));
    last().say(entries(14, 14));
    vi.advanceTimersByTime(200);
    expect(last().sent).toHaveLength(2);
    expect(last().sent[1]?.since).toBeUndefined();
    last().say(snapshot(14));
    last().say(entries(15, 15));
    vi.advanceTimersByTime(200);
    expect(heard.filter((line) => line.startsWith("entries"))).toEqual(["entries 15-15"]);
  });
  it("asks anew when the epoch changes or the server says reset", () => {
    last().say(snapshot(10));
    last().say(entries(11, 11, "other"));
    last().say(snapshot(3, "other"));
    last().say({ type: "reset", reason: "slow" });
    expect(last().sent).toHaveLength(3);
  });
  it("resumes after the last number, for ever, with growing delays", () => {
    last().say(snapshot(10));
    last().say(entries(11, 12));
    for (let turn = 1; turn <= 8; turn++) {
      last().onclose?.({ code: 1006 });
      vi.advanceTimersByTime(15_000);
      expect(wires).toHaveLength(turn + 1);
    }
    last().onopen?.();
    expect(last().sent[0]?.since).toEqual({ epoch: "e", number: 12 });
  });
  it("goes stale after ten silent seconds, stays so while it tries, and lives again when spoken to", () => {
    last().say(snapshot(10));
    vi.advanceTimersByTime(9000);
    expect(heard).not.toContain("stale");
    vi.advanceTimersByTime(3000);
    expect(heard.at(-1)).toBe("stale");
    last().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(20_000);
    expect(heard.at(-1)).toBe("stale");
    last().onopen?.();
    last().say({ type: "heartbeat", number: 10, at: "" });
    expect(heard.at(-1)).toBe("live");
  });
  it("reads what comes close together in one go, in order, and loses none when the line breaks", () => {
    last().say(snapshot(10));
    for (let number = 11; number < 15; number += 1) last().say(entries(number, number));
    expect(heard).toEqual(["snapshot 10", "live"]);
    last().onclose?.({ code: 1006 });
    expect(heard.slice(2, 6)).toEqual(["entries 11-11", "entries 12-12", "entries 13-13", "entries 14-14"]);
  });
  it("says that an area is none of this person's, and holds one line after another was asked for", () => {
    last().onclose?.({ code: 4404 });
    expect(heard.at(-1)).toBe("no area 321311");
    feed.restart({ view: "wall", area: "321300" });
    vi.advanceTimersByTime(15_000);
    last().onopen?.();
    expect(wires).toHaveLength(2);
    expect(last().sent[0]).toMatchObject({ area: "321300" });
  });
  it("drops a socket that is open and dumb", () => {
    last().say(snapshot(10));
    vi.advanceTimersByTime(25_000);
    expect(wires[0]?.closed).toBe(true);
    expect(wires.length).toBeGreaterThan(1);
  });
  it("waits longer for the first picture with each try, so that a slow one comes", () => {
    const waited: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const wire = last();
      wire.onopen?.();
      let seconds = 0;
      while (!wire.closed) {
        vi.advanceTimersByTime(1000);
        seconds += 1;
      }
      waited.push(seconds);
      vi.advanceTimersByTime(3000);
    }
    expect(waited[1]).toBeGreaterThan(waited[0] ?? 0);
    expect(waited[2]).toBeGreaterThan(waited[1] ?? 0);
  });
  it("tells of a log-out and does not come back by itself", () => {
    last().say(snapshot(10));
    last().onclose?.({ code: 4401 });
    vi.advanceTimersByTime(60_000);
    expect(heard).toContain("logged out");
    expect(wires).toHaveLength(1);
  });
  it("asks who I am after a change of rights, then starts from a snapshot", async () => {
    last().say(snapshot(10));
    last().onclose?.({ code: 4403 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(heard).toContain("rights");
    last().onopen?.();
    expect(last().sent[0]?.since).toBeUndefined();
  });
  it("recalls what was told before the snapshot, once, and never more than that", () => {
    const told: number[][] = [];
    recall({ view: "wall" }, { epoch: "e", number: 200 }, (found) => told.push(found.map((one) => one.number)), open);
    last().onopen?.();
    expect(last().sent[0]?.since).toEqual({ epoch: "e", number: 0 });
    const entry = (number: number) => ({ number, at: "", incident: 1, kind: "signed", actor: null, data: null, state_after: null });
    last().say({ type: "entries", epoch: "e", from: 1, to: 201, entries: [entry(90), entry(201)] });
    expect(told).toEqual([[90]]);
    expect(last().closed).toBe(true);
  });
  it("recalls from farther back, once, where a domain is told of in few of the last entries", () => {
    const told: number[] = [];
    recall({ view: "wall", domains: ["transport"] }, { epoch: "e", number: 9000 }, (found) => told.push(found.length), open);
    last().onopen?.();
    last().say({ type: "entries", epoch: "e", from: 8751, to: 9000, entries: [] });
    expect(told).toEqual([]);
    last().onopen?.();
    expect(last().sent[0]?.since).toEqual({ epoch: "e", number: 6000 });
    last().say({ type: "entries", epoch: "e", from: 6001, to: 9000, entries: [] });
    expect(last().closed).toBe(true);
  });
});
