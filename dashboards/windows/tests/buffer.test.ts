import type { Feature } from "geojson";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SourceBuffer, Turns } from "@core/map/buffer";
import { changedIncidents, FeatureCache } from "@core/map/features";
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
    const cache = new FeatureCache<Feature>();
    const features = Array.from({ length: 20 }, (_, id) => feature(id));
    let stamp = 0;
    const making = { id: (one: Feature) => Number(one.id), stamp: () => String(stamp++), make: (one: Feature) => one };
    buffer.want(() => cache.change(features, 0, making));
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    for (let turn = 0; turn < 100; turn++) {
      features[turn % 5] = feature(turn % 5);
      buffer.want(() => cache.change(features, 0, making));
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
    const first = changedIncidents(cache, [one, incident({ number: 8, location: null })], 0);
    expect(first.add.map(({ id }) => id)).toEqual([7]);
    expect(changedIncidents(cache, [{ ...one, title: "x" }], 0)).toMatchObject({ add: [], remove: [], size: 1 });
    expect(changedIncidents(cache, [{ ...one, urgency: "emergency" }], 0).add).toHaveLength(1);
    expect(changedIncidents(cache, [], 0)).toMatchObject({ add: [], remove: [7], size: 0 });
    expect(changedIncidents(cache, [one], 0).all()).toHaveLength(1);
  });
  it("hands the whole set over again after a source has refused an update", async () => {
    const cache = new FeatureCache<Incident>();
    const all = Array.from({ length: 9 }, (_, number) => incident({ number }));
    const refusing = { setData: vi.fn(() => Promise.resolve()), updateData: vi.fn(() => Promise.reject(new Error("no"))) };
    const buffer = new SourceBuffer(refusing, new Turns(() => Date.now()));
    buffer.want(() => changedIncidents(cache, all, 0));
    await vi.advanceTimersByTimeAsync(600);
    buffer.want(() => changedIncidents(cache, [...all.slice(1), incident({ number: 99 })], 0));
    await vi.advanceTimersByTimeAsync(1200);
    expect([refusing.setData.mock.calls.length, refusing.updateData.mock.calls.length]).toEqual([2, 1]);
  });
});
