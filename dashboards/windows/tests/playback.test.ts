import { describe, expect, it } from "vitest";
import { Playback, type PastPage } from "@core/live/playback";

describe("playback", () => {
  it("waits for the picture of each moment that is jumped to", async () => {
    let answer: (page: PastPage) => void = () => undefined;
    const fetch = (): Promise<PastPage> => new Promise((done) => (answer = done));
    const one = new Playback(0, 60_000, { fetch, now: () => 0, tell: () => undefined, failed: () => undefined });
    const socket = one.open();
    const arrive = async (): Promise<void> => {
      socket.send("");
      answer({ items: [], next: null, snapshot: { type: "snapshot" } } as unknown as PastPage);
      await new Promise((done) => setTimeout(done));
    };
    expect(one.waitsForPicture).toBe(true);
    await arrive();
    expect(one.waitsForPicture).toBe(false);
    one.seek(30_000);
    expect(one.waitsForPicture).toBe(true);
    await arrive();
    expect(one.waitsForPicture).toBe(false);
  });
});
