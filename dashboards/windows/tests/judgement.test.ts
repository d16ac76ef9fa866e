import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { useIncidents } from "@core/data/incidents";
import { byGravity, clockState, distanceM, needsPerson, nextClock } from "@core/data/judgement";
import { toGcj02 } from "@core/map/gcj02";
import { startOfDay, timeWords } from "@core/words/times";
import { linePx } from "../src/wall/root_size";
import { incident, order } from "./samples";

const NOW = Date.parse("2026-03-01T08:00:00Z");
const due = (minutes: number) => ({ stage: "dispose", due_at: new Date(NOW + minutes * 60_000).toISOString() });

describe("judgement", () => {
  it("calls a person for 特急, severity 1–4, a proposed one and sensitive matters, and for nothing that has ended", () => {
    expect(needsPerson(incident())).toBe(false);
    expect(needsPerson(incident({ urgency: "emergency" }))).toBe(true);
    expect(needsPerson(incident({ severity: 4 }))).toBe(true);
    expect(needsPerson(incident({ severity_proposed: 2 }))).toBe(true);
    expect(needsPerson(incident({ sensitive: true }))).toBe(true);
    expect(needsPerson(incident({ severity: 1, state: "closed" }))).toBe(false);
  });
  it("takes the soonest running clock, also of an order, not of one that has ended", () => {
    const orders = [order({ clocks: [due(5)] }), order({ id: 71, state: "done", clocks: [due(1)] })];
    expect(nextClock(incident({ clocks: [due(90), { ...due(2), paused: true }], orders }))?.due_at).toBe(due(5).due_at);
  });
  it("knows running, due soon and overdue, by the limit where the clock names one", () => {
    expect(clockState({ ...due(40) }, NOW)).toBe("running");
    expect(clockState({ ...due(20) }, NOW)).toBe("due_soon");
    expect(clockState({ ...due(20), limit_s: 3600 }, NOW)).toBe("running");
    expect(clockState({ ...due(-1) }, NOW)).toBe("overdue");
  });
  it("puts the gravest first", () => {
    const rows = [incident({ number: 1 }), incident({ number: 2, urgency: "emergency" }), incident({ number: 3, severity: 3 })];
    expect(rows.sort(byGravity).map((one) => one.number)).toEqual([3, 2, 1]);
  });
  it("measures on the sphere", () => {
    expect(distanceM({ lon: 118, lat: 34 }, { lon: 118, lat: 35 })).toBeCloseTo(111_195, -1);
  });
});

describe("incidents", () => {
  beforeEach(() => setActivePinia(createPinia()));
  const entry = (number: number, after: ReturnType<typeof incident> | null) =>
    ({ number, at: "", incident: after?.number ?? null, kind: "signed", actor: null, data: null, state_after: after });

  it("fills from a snapshot, changes by entries, loses what is gone", () => {
    const store = useIncidents();
    store.fill({ incidents: [incident({ number: 1 }), incident({ number: 2 })] });
    store.apply({ type: "entries", epoch: "e", from: 1, to: 2, entries: [entry(1, incident({ number: 1, state: "closed", updated_at: new Date().toISOString() })), entry(2, incident({ number: 3 }))], gone: [2] });
    expect(store.all.map((one) => [one.number, one.state])).toEqual([[1, "closed"], [3, "handling"]]);
    expect(store.open.map((one) => one.number)).toEqual([3]);
  });
  it("never goes back to an older version", () => {
    const store = useIncidents();
    store.take(incident({ version: 5, state: "closed" }), incident({ version: 4 }));
    expect(store.find(7)?.state).toBe("closed");
  });
});

describe("places and times", () => {
  it("turns WGS-84 into GCJ-02 within China and leaves the rest alone", () => {
    const shifted = toGcj02(116.404, 39.915);
    expect(shifted.lon).toBeCloseTo(116.41024, 4);
    expect(shifted.lat).toBeCloseTo(39.9164, 4);
    expect(toGcj02(2.35, 48.85)).toEqual({ lon: 2.35, lat: 48.85 });
  });
  it("tells times in the city's zone", () => {
    expect(timeWords("2026-03-01T06:32:00Z", "minute", "zh-CN", "Asia/Shanghai")).toBe("14:32");
    expect(timeWords("2026-02-28T16:00:00Z", "minute", "en", "Asia/Shanghai")).toBe("00:00");
    expect(timeWords("nonsense", "minute", "en", "Asia/Shanghai")).toBe("");
    expect(startOfDay(NOW, "Asia/Shanghai").toISOString()).toBe("2026-02-28T16:00:00.000Z");
  });
  it("takes the size of a line from distance and pitch, within reason", () => {
    expect(linePx("?distance_m=5&pitch_mm=1.25", null)).toBe(28);
    expect(linePx("?line_px=400", null)).toBe(48);
    expect(linePx("", "20")).toBe(20);
    expect(linePx("", null)).toBeNull();
  });
});
