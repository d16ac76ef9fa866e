/** Both grounds of the map can be read: words 6.5:1, and by day each line that parts areas 3:1. */
import { describe, expect, it } from "vitest";
import { styleOn, type Ground } from "@core/map/style";

const part = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
function lightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => part(Number.parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one: string, other: string): number {
  const [less = 0, more = 0] = [lightness(one), lightness(other)].toSorted((a, b) => a - b);
  return (more + 0.05) / (less + 0.05);
}
/** The colours that a layer paints with, of an expression the ones among which it chooses. */
function colorsOf(ground: Ground, layer: string, name: string): string[] {
  const paint = styleOn(ground).layers.find((one) => one.id === layer)?.paint as Record<string, unknown>;
  return [paint[name]].flat().filter((value): value is string => typeof value === "string" && value.startsWith("#"));
}

describe.each(["dark", "light"] as const)("the %s ground", (ground) => {
  const floors = [...colorsOf(ground, "areas-fill", "fill-color"), ...colorsOf(ground, "outline-fill", "fill-color"), ...colorsOf(ground, "water", "fill-color")];
  it("can be read", () => {
    expect(floors).toHaveLength(4);
    for (const word of colorsOf(ground, "labels", "text-color")) for (const floor of floors) expect(contrast(word, floor)).toBeGreaterThan(6.5);
  });
  it("shows what is on it", () => {
    const [area = ""] = colorsOf(ground, "areas-fill", "fill-color").slice(-1);
    const drawn = [...colorsOf(ground, "incidents-daily", "circle-color"), ...colorsOf(ground, "incidents-urgent", "circle-stroke-color"), ...colorsOf(ground, "workers", "circle-stroke-color"), ...colorsOf(ground, "outline-line", "line-color")];
    const lines = ground === "light" ? colorsOf(ground, "areas-line", "line-color") : [];
    expect(drawn).toHaveLength(4);
    for (const color of [...drawn, ...lines]) expect(contrast(color, area)).toBeGreaterThan(3);
  });
});
