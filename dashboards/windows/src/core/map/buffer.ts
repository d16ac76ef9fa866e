/**
 * Changes of the map's sources: one update of a source in flight, the next at least 500 ms later, and all sources of a
 * map in the same turn, so that one picture is drawn for all of them. When most of the features change, the whole set
 * is handed over instead. Without it a queue grows and the map lags seconds.
 */
import type { Feature, FeatureCollection } from "geojson";

export const APART_MS = 500;
/** A turn comes so long after the beat at which lists are told (paced.ts): what they were told is in it. */
const AFTER_BEAT_MS = 40;
const WHOLE_RATIO = 0.5;

export interface MapSource {
  setData(data: FeatureCollection): Promise<unknown>;
  updateData(diff: { add?: Feature[]; remove?: (string | number)[] }): Promise<unknown>;
}
export type Id = string | number;
/** What is new or gone since it was asked before; `all` is what stands now. */
export interface Change {
  add: Feature[];
  remove: Id[];
  size: number;
  all: () => Feature[];
}

/** The turns of one map: whoever asks is called at the next one. */
export class Turns {
  private readonly asked = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** The next turn may not be earlier. */
  private nextAt = -Infinity;

  constructor(private readonly now: () => number = () => Date.now(), private readonly apartMs = APART_MS) {}

  ask(send: () => void): void {
    this.asked.add(send);
    if (this.timer) return;
    const now = this.now();
    const at = this.plan(now);
    this.timer = setTimeout(() => this.take(at), at - now);
  }
  /** At once after a rest (or when the clock was set back); else after a beat, without drifting from it. */
  private plan(now: number): number {
    const hasRested = now >= this.nextAt || now < this.nextAt - 2 * this.apartMs;
    return hasRested ? now : Math.ceil((this.nextAt - AFTER_BEAT_MS) / this.apartMs) * this.apartMs + AFTER_BEAT_MS;
  }
  private take(at: number): void {
    this.timer = null;
    this.nextAt = at + this.apartMs;
    const sends = [...this.asked];
    this.asked.clear();
    for (const send of sends) send();
  }
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.asked.clear();
  }
}

export class SourceBuffer {
  private change: (() => Change) | null = null;
  private busy = false;
  /** The source refused an update: what it shows is not known. */
  private lost = false;

  constructor(
    private readonly source: MapSource,
    private readonly turns: Turns = new Turns(),
    /** What the source has taken over. */
    private readonly taken: (ids: Id[]) => void = () => undefined,
  ) {}

  /** What the source shall show, reckoned when its turn comes. */
  want(change: () => Change): void {
    this.change = change;
    if (!this.busy) this.turns.ask(this.send);
  }

  private readonly send = (): void => {
    const change = this.change?.();
    this.change = null;
    if (change && (this.lost || change.add.length + change.remove.length > 0)) void this.hand(change);
  };

  private async hand({ add, remove, size, all }: Change): Promise<void> {
    this.busy = true;
    const whole = this.lost || add.length + remove.length > Math.max(1, size) * WHOLE_RATIO;
    this.lost = false;
    await (whole ? this.source.setData({ type: "FeatureCollection", features: all() }) : this.source.updateData({ add, remove })).catch(() => {
      this.lost = true;
      this.change ??= () => ({ add: [], remove: [], size, all });
    });
    this.busy = false;
    this.taken(add.flatMap(({ id }) => (id === undefined ? [] : [id])));
    if (this.change) this.turns.ask(this.send);
  }
}
