/**
 * Changes of one map source, gathered by id: one update in flight, the next at least 500 ms later. When most of
 * the features change, the whole set is handed over instead. Without it a queue grows and the map lags seconds.
 */
import type { Feature, FeatureCollection } from "geojson";

export const APART_MS = 500;
const WHOLE_RATIO = 0.5;

export interface MapSource {
  setData(data: FeatureCollection): Promise<unknown>;
  updateData(diff: { add?: Feature[]; remove?: (string | number)[] }): Promise<unknown>;
}
export type Wanted = Map<string | number, Feature>;

export class SourceBuffer {
  private shown: Wanted = new Map();
  private wanted: (() => Wanted) | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private busy = false;
  private sentAt = -Infinity;

  constructor(
    private readonly source: MapSource,
    private readonly now: () => number = () => performance.now(),
    private readonly apartMs = APART_MS,
    /** What the source has taken over. */
    private readonly taken: (ids: (string | number)[]) => void = () => undefined,
  ) {}

  /** What the source shall show, reckoned when its turn comes; features that did not change are the same objects. */
  want(features: () => Wanted): void {
    this.wanted = features;
    this.arm();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private arm(): void {
    if (this.timer || this.busy) return;
    const wait = Math.max(0, this.sentAt + this.apartMs - this.now());
    this.timer = setTimeout(() => void this.send(), wait);
  }

  private async send(): Promise<void> {
    this.timer = null;
    const target = this.wanted?.();
    this.wanted = null;
    if (!target) return;
    const add = [...target].filter(([id, feature]) => this.shown.get(id) !== feature).map(([, feature]) => feature);
    const remove = [...this.shown.keys()].filter((id) => !target.has(id));
    if (add.length + remove.length === 0) return;
    this.busy = true;
    this.sentAt = this.now();
    const whole = add.length + remove.length > Math.max(target.size, this.shown.size) * WHOLE_RATIO;
    this.shown = target;
    await (whole
      ? this.source.setData({ type: "FeatureCollection", features: [...target.values()] })
      : this.source.updateData({ add, remove })
    ).catch(() => {
      this.shown = new Map();
      this.wanted ??= () => target;
    });
    this.busy = false;
    this.taken(add.flatMap(({ id }) => (id === undefined ? [] : [id])));
    if (this.wanted) this.arm();
  }
}
