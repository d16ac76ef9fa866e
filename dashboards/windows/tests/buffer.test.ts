import type { Feature } from "geojson";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SourceBuffer, Turns } from "@core/map/buffer";
import { FeatureCache, incidentFeatures } from "@core/map/features";
import type { Incident } from "@core/api/types";
import { incident } from "./samples";

const feature = (id: number): Feature => ({ type: "Feature", id, geometry: { type: "Point", coordinates: [0, 0] }, properties: { id } });

describe("map updates", () => {
  const calls: { kind: string; count: number; atMs: number }[] = [];
  let finish: (() => void)[] = [];
  const source = {
    setData: (data: { features: Feature[] }) => note("set", data.features.length),
    updateData: (diff: { add?: Feature[]; remove?: unknown[] }) => note("update", (diff.add?.length ?? 0) + (diff.remove?.length ?? 0)),
  };
  function note(kind: string, count: number): Promise<void> {
    calls.push({ kind, count, atMs: Date.now() });
    return new Promise((done) => finish.push(done));
  }
  const settle = async (): Promise<void> => {
    finish.forEach((done) => done());
    finish = [];
    await vi.advanceTimersByTimeAsync(0);
  };
  beforeEach(() => {
    vi.useFakeTimers();
    calls.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  it("gathers a hundred changes into one update, half a second apart, one in flight", async () => {
    const buffer = new SourceBuffer(source, new Turns(() => Date.now()));
    const features = new Map(Array.from({ length: 20 }, (_, id) => [id, feature(id)]));
    buffer.want(() => new Map(features));
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    for (let turn = 0; turn < 100; turn++) {
      features.set(turn % 5, feature(turn % 5));
      buffer.want(() => new Map(features));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(calls.map((call) => call.kind)).toEqual(["set", "update"]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(calls).toHaveLength(2);
    await settle();
    await vi.advanceTimersByTimeAsync(1000);
    expect(calls).toHaveLength(3);
    expect((calls[1]?.atMs ?? 0) - (calls[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(500);
  });
  it("keeps the same feature for what has not changed, and leaves out what has no place", () => {
    const cache = new FeatureCache<Incident>();
    const one = incident();
    const first = incidentFeatures(cache, [one, incident({ number: 8, location: null })], 0);
    const second = incidentFeatures(cache, [{ ...one, title: "x" }], 0);
    expect([...first.keys()]).toEqual([7]);
    expect(second.get(7)).toBe(first.get(7));
    expect(incidentFeatures(cache, [{ ...one, urgency: "emergency" }], 0).get(7)).not.toBe(first.get(7));
  });
});
