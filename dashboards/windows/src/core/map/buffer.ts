/**
 * Changes of the map's sources: one update of a source in flight, the next at least 500 ms later, and all sources of a
 * map in the same turn, so that one picture is drawn for all of them. When most of the features change, the whole set
 * is handed over instead. Without it a queue grows and the map lags seconds.
 */
import type { Feature, FeatureCollection } from "geojson";

export const APART_MS = 500;
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
  private takenAt = -Infinity;

  constructor(private readonly now: () => number = () => performance.now(), private readonly apartMs = APART_MS) {}

  ask(send: () => void): void {
    this.asked.add(send);
    this.timer ??= setTimeout(() => this.take(), Math.max(0, this.takenAt + this.apartMs - this.now()));
  }
  private take(): void {
    this.timer = null;
    this.takenAt = this.now();
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
