import { describe, expect, it, vi } from "vitest";
import { LONGEST_MS, Pictures, type Painter } from "@core/map/pictures";

function stand() {
  const looks: (() => void)[] = [];
  const loaded = new Set<string>();
  const paint = vi.fn();
  let began = (): void => undefined;
  const at = { ms: 0, isMoving: false };
  const map: Painter = {
    triggerRepaint: paint,
    isMoving: () => at.isMoving,
    isSourceLoaded: (name) => loaded.has(name),
    on: (_kind, look) => looks.push(look),
    once: (_kind, look) => void (began = look),
  };
  const pictures = new Pictures(map, () => at.ms);
  began();
  const arrive = async (name: string): Promise<void> => {
    loaded.add(name);
    looks.forEach((look) => look());
    await vi.waitFor(() => Promise.resolve());
  };
  return { map, pictures, paint, at, arrive };
}

describe("pictures of the map", () => {
  it("paints once when the parts of all sources are here, however many ask", async () => {
    const { map, pictures, paint, arrive } = stand();
    const both = [pictures.wholly("incidents", Promise.resolve()), pictures.wholly("workers", Promise.resolve())];
    await Promise.resolve();
    for (let part = 0; part < 6; part++) map.triggerRepaint();
    await arrive("incidents");
    expect(paint).not.toHaveBeenCalled();
    await arrive("workers");
    await Promise.all(both);
    expect(paint).toHaveBeenCalledTimes(1);
    map.triggerRepaint();
    expect(paint).toHaveBeenCalledTimes(2);
  });
  it("holds up no moving map, and nothing for long", async () => {
    const { map, pictures, paint, at } = stand();
    void pictures.wholly("incidents", new Promise(() => undefined));
    map.triggerRepaint();
    expect(paint).not.toHaveBeenCalled();
    at.isMoving = true;
    map.triggerRepaint();
    expect(paint).toHaveBeenCalledTimes(1);
    at.isMoving = false;
    at.ms = LONGEST_MS;
    map.triggerRepaint();
    map.triggerRepaint();
    expect(paint).toHaveBeenCalledTimes(2);
  });
  it("paints what it held up though nobody asks again", () => {
    vi.useFakeTimers();
    const { map, pictures, paint, at } = stand();
    void pictures.wholly("incidents", new Promise(() => undefined));
    at.ms = 300;
    map.triggerRepaint();
    vi.advanceTimersByTime(LONGEST_MS - 301);
    expect(paint).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(paint).toHaveBeenCalledTimes(1);
    pictures.stop();
    vi.useRealTimers();
  });
  it("lets go of a change that the source refused", async () => {
    const { map, pictures, paint } = stand();
    await expect(pictures.wholly("incidents", Promise.reject(new Error("no")))).rejects.toThrow("no");
    map.triggerRepaint();
    expect(paint).toHaveBeenCalledTimes(2);
  });
});
