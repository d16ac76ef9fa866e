/**
 * What the server told each screen of a tour through the table of moves, applied by the pages' own feed and store:
 * after every step it shows what a fresh snapshot would, also when the socket was lost meanwhile. The tour is
 * recorded by `tests/dashboards/test_browser_store.py`, which names the file in CITYBRAIN_RECORDING.
 */
import { existsSync, readFileSync } from "node:fs";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useClock } from "@core/data/clock";
import { useIncidents } from "@core/data/incidents";
import { useLive } from "@core/data/live";
import { useStream } from "@core/data/stream";
import type { Socket } from "@core/live/feed";
import type { EntriesFrame, Frame, SnapshotFrame, Subscription } from "@core/live/frames";
import type { Incident } from "@core/api/types";

interface Step {
  at: string;
  head: number;
  frames: (EntriesFrame | SnapshotFrame)[];
  wanted: Record<string, number>;
}
interface Screen {
  name: string;
  view: Subscription["view"];
  steps: Step[];
}
const EPOCH = "recorded";
const path = process.env["CITYBRAIN_RECORDING"] ?? "";
const tour: { states: Incident[]; screens: Screen[] } = existsSync(path)
  ? JSON.parse(readFileSync(path, "utf8"))
  : { states: [], screens: [] };

/** The server of one screen: it stands at a step, and starts whoever comes from a number or from a snapshot. */
class Server {
  at = 0;
  private wire: Wire | null = null;
  private dice = 7;
  constructor(readonly screen: Screen) {}

  open = (): Socket => (this.wire = new Wire((since) => this.start(since)));
  throw(sides: number): number {
    this.dice = (this.dice * 1103515245 + 12345) % 2147483648;
    return Math.floor((this.dice / 2147483648) * sides);
  }
  lose(): void {
    const wire = this.wire;
    this.wire = null;
    wire?.onclose?.({ code: 1006 });
  }
  step(): Step {
    return this.screen.steps[this.at] as Step;
  }
  tell(): void {
    const step = this.step();
    if (this.at > 0) for (const frame of step.frames) this.say(frame);
    this.beat();
  }
  /** Heard every five seconds by whoever has subscribed. */
  beat(): void {
    if (this.wire?.isSubscribed) this.say({ type: "heartbeat", number: this.step().head, at: this.step().at });
  }
  private start(since: number | null): void {
    const step = this.step();
    if (since === null || this.throw(4) === 0) return this.say(this.snapshot());
    const missed = this.screen.steps.slice(1, this.at + 1).flatMap((one) => one.frames as EntriesFrame[]);
    let told = since;
    for (const frame of missed.filter((one) => one.to > since)) {
      this.say({ ...frame, from: told + 1 });
      told = frame.to;
    }
    this.say({ type: "heartbeat", number: step.head, at: step.at });
  }
  snapshot(): SnapshotFrame {
    const incidents = Object.values(this.step().wanted).map((index) => tour.states[index] as Incident);
    return { type: "snapshot", epoch: EPOCH, number: this.step().head, incidents };
  }
  private say(frame: Frame): void {
    this.wire?.onmessage?.({ data: JSON.stringify("epoch" in frame ? { ...frame, epoch: EPOCH } : frame) });
  }
}

class Wire implements Socket {
  isSubscribed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(private readonly asked: (since: number | null) => void) {
    queueMicrotask(() => this.onopen?.());
  }
  send(text: string): void {
    this.isSubscribed = true;
    const said = JSON.parse(text) as { since?: { number: number } };
    this.asked(said.since?.number ?? null);
  }
  close(): void {
    this.onmessage = null;
  }
}

async function reach(step: Step): Promise<void> {
  vi.setSystemTime(Date.parse(step.at) - 1000);
  await vi.advanceTimersByTimeAsync(1000);
}

/** The socket comes back by itself, within twenty seconds; from then on it is alive, as a server's is. */
async function find(server: Server): Promise<void> {
  for (let beats = 0; beats < 4; beats += 1) {
    await vi.advanceTimersByTimeAsync(5000);
    server.beat();
  }
}

function shown(): Record<string, Incident> {
  return Object.fromEntries([...useIncidents().byNumber.entries()].map(([number, one]) => [String(number), one]));
}

describe.skipIf(tour.screens.length === 0)("the store of a page", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    setActivePinia(createPinia());
  });
  afterEach(() => {
    useLive().stop();
    vi.useRealTimers();
  });

  it.each(tour.screens.map((screen) => [`${screen.name} (${screen.view})`, screen] as const))(
    "shows %s what a fresh snapshot would",
    async (_name, screen) => {
      const server = new Server(screen);
      const first = screen.steps[0] as Step;
      vi.setSystemTime(Date.parse(first.at));
      useClock().start();
      useLive().start({ view: screen.view }, server.open);
      for (const [index, step] of screen.steps.entries()) {
        const isLost = index > 0 && server.throw(3) === 0;
        if (isLost) server.lose();
        server.at = index;
        await reach(step);
        if (isLost) await find(server);
        else server.tell();
        const wanted = Object.fromEntries(Object.entries(step.wanted).map(([n, one]) => [n, tour.states[one]]));
        expect(shown(), `step ${index}, ${isLost ? "lost and found" : "told"}`).toEqual(wanted);
        const gone = new Set(step.frames.flatMap((frame) => ("gone" in frame ? (frame.gone ?? []) : [])));
        expect(useStream().entries.filter((one) => one.incident !== null && gone.has(one.incident))).toEqual([]);
      }
    },
    600_000,
  );
});
