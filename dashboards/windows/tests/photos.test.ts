import { flushPromises, mount } from "@vue/test-utils";
import { createPinia } from "pinia";
import { describe, expect, it, vi } from "vitest";
import { ref } from "vue";
import PhotoPicker from "../src/field/PhotoPicker.vue";
import { createWords } from "@core/words";

const waiting: ((small: Blob) => void)[] = [];
vi.mock("@core/api/shrink", () => ({ shrinkPhoto: () => new Promise<Blob>((done) => waiting.push(done)) }));

describe("photos of the phone", () => {
  it("keeps both of two that are made smaller at once, and says so until they are", async () => {
    const [photos, reading] = [ref<Blob[]>([]), ref(0)];
    const page = mount({ components: { PhotoPicker }, setup: () => ({ photos, reading }), template: '<PhotoPicker v-model="photos" v-model:reading="reading" />' }, { global: { plugins: [createPinia(), createWords()] } });
    const input = page.find("input");
    for (const name of ["a", "b"]) {
      Object.defineProperty(input.element, "files", { value: [new File([name], name)], configurable: true });
      await input.trigger("change");
    }
    expect(reading.value).toBe(2);
    for (const [at, done] of waiting.toReversed().entries()) {
      done(new Blob([String(at)]));
      await flushPromises();
    }
    expect([photos.value.length, reading.value]).toEqual([2, 0]);
  });
});
