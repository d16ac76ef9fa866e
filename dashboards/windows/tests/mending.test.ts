import { describe, expect, it } from "vitest";
import en from "../src/desk/admin/mending/en.json";
import zh from "../src/desk/admin/mending/zh-CN.json";
import { mendingWords } from "../src/desk/admin/mending";

const holes = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""))].sort();

describe("what is to be mended", () => {
  it("has words with the same arguments in both languages", () => {
    const other: Record<string, string> = zh;
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    expect(Object.entries(en).filter(([code, text]) => holes(text).join() !== holes(other[code] ?? "").join())).toEqual([]);
  });
  it("says it in the reader's language, also what stands within", () => {
    const said = "The message does not have the promised shape: Expected `int`, got `str` - at `$.seq`.";
    expect(mendingWords(said, "zh-CN")).toBe("消息与约定的格式不符：应为 int，收到的是 str（位于 $.seq）。");
    expect(mendingWords(said, "en")).toBe(said);
    expect(mendingWords("lamp:12 stands in row 3 already", "zh-CN")).toBe("lamp:12 在第 3 行已出现");
    expect(mendingWords("1.000000, 2.000000 lies outside the city (longitude and latitude are exchanged)", "zh-CN")).toContain("经度与纬度颠倒");
    expect(mendingWords("D-1 is a camera already", "zh-CN")).toBe("D-1 已登记为 摄像机");
  });
  it("leaves what it does not know, and takes no argument for a pattern", () => {
    expect(mendingWords("由厂家自述", "zh-CN")).toBe("由厂家自述");
    expect(mendingWords("The register has no device '$& {b}'.", "zh-CN")).toBe("登记册中没有设备 '$& {b}'。");
  });
});
