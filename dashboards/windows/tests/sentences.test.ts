import { beforeEach, describe, expect, it } from "vitest";
import { createPinia, setActivePinia } from "pinia";
import { createApp, defineComponent, h } from "vue";
import { Problem } from "@core/api/problem";
import type { Entry } from "@core/api/types";
import { createWords } from "@core/words";
import { useSpeech } from "@core/words/speech";

function speech(locale: "zh-CN" | "en") {
  const words = createWords();
  words.global.locale.value = locale;
  let found: ReturnType<typeof useSpeech> | null = null;
  const app = createApp(defineComponent({ setup: () => { found = useSpeech(); return () => h("div"); } }));
  app.use(createPinia()).use(words).mount(document.createElement("div"));
  return found as unknown as ReturnType<typeof useSpeech>;
}
const signed: Entry = {
  number: 7, at: "2026-03-01T06:32:00Z", incident: 3, kind: "signed",
  actor: { kind: "person", name: "张**", role: "grid_worker" },
  data: { area_name: "来龙镇", category_name: { zh: "井盖移位", en: "manhole cover out of place" } }, state_after: null,
};

describe("sentences", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("tells an entry as people say it, in the city's time", () => {
    const zh = speech("zh-CN");
    expect(`${zh.time(signed.at)} ${zh.sentence(signed)}`).toBe("14:32 来龙镇 网格员 已签收 井盖移位");
    expect(speech("en").sentence(signed)).toBe("来龙镇: Grid worker signed for manhole cover out of place");
  });
  it("leaves no holes where an entry carries little", () => {
    const bare: Entry = { ...signed, kind: "rejected", data: {}, actor: null };
    expect(speech("zh-CN").sentence(bare)).toBe("系统 不予受理");
  });
  it("tells an unknown kind in general words", () => {
    expect(speech("zh-CN").sentence({ ...signed, kind: "something_new" })).toBe("来龙镇 网格员 更新 井盖移位");
  });
  it("shows no code words of stages and orders", () => {
    const urged: Entry = {
      ...signed, kind: "urged", actor: { kind: "system", name: "urge.sign", role: null },
      data: { ...signed.data, stage: "sign", ratio: 0.5, holder_name: { zh: "排水管理所", en: "Drainage Office" } },
    };
    expect(speech("zh-CN").sentence(urged)).toBe("来龙镇 井盖移位 签收时限已用 50%，催办 排水管理所");
    expect(speech("en").sentence(urged)).toBe("来龙镇: manhole cover out of place: Sign limit 50% used, urging Drainage Office");
    expect(speech("zh-CN").sentence({ ...urged, data: { ...signed.data, by_hand: true } })).toBe("来龙镇 系统 催办 井盖移位");
    expect(speech("zh-CN").sentence({ ...urged, kind: "order_issued", data: { ...urged.data, order_kind: "attend" } }))
      .toBe("来龙镇 井盖移位 下达到场任务 → 排水管理所");
    expect(speech("zh-CN").sentence({ ...signed, kind: "checked", data: { ...signed.data, passed: false } }))
      .toBe("来龙镇 网格员 核查未通过 井盖移位");
  });
  it("says durations as people do", () => {
    const { left, duration } = speech("zh-CN");
    expect(left(18 * 60_000 + 5000)).toBe("剩余 18 分钟");
    expect(left(-125 * 60_000)).toBe("超期 2 小时 5 分");
    expect(duration(76 * 3_600_000)).toBe("3 天 4 小时");
    expect(speech("en").left(18 * 60_000)).toBe("18 min left");
  });
  it("says who was first and how things stand", () => {
    const lost = new Problem(409, {
      type: "urn:citybrain:problem:version_conflict", detail: "x", state: "handling",
      winner: { actor: { kind: "person", name: "李**", role: "duty_leader" }, action: "accept", at: "2026-03-01T06:32:00Z" },
    });
    expect(speech("zh-CN").problem(lost)).toBe("别人已先处理。 14:32 带班领导 李** 受理；现为 处置中。");
  });
  it("names the fields that are wrong, and the mend where there is no answer", () => {
    const { problem } = speech("zh-CN");
    expect(problem(new Problem(422, { type: "urn:citybrain:problem:invalid", errors: [{ field: "town", detail: "unknown" }] })))
      .toContain("乡镇街道：没有这一项");
    expect(problem(new Problem(0, { type: "no-answer" }))).toContain("检查网络");
    expect(problem(new TypeError("ours"))).toContain("程序出错");
  });
});
