/**
 * Changes of the map's sources, gathered by id: one update of a source in flight, the next at least 500 ms later, and
 * all sources of a map in the same turn, so that one picture is drawn for all of them. When most of the features
 * change, the whole set is handed over instead. Without it a queue grows and the map lags seconds.
 */
import type { Feature, FeatureCollection } from "geojson";

export const APART_MS = 500;
const WHOLE_RATIO = 0.5;

export interface MapSource {
  setData(data: FeatureCollection): Promise<unknown>;
  updateData(diff: { add?: Feature[]; remove?: (string | number)[] }): Promise<unknown>;
}
export type Id = string | number;
export type Wanted = Map<Id, Feature>;

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
  private shown: Wanted = new Map();
  private wanted: (() => Wanted) | null = null;
  private busy = false;

  constructor(
    private readonly source: MapSource,
    private readonly turns: Turns = new Turns(),
    /** What the source has taken over. */
    private readonly taken: (ids: Id[]) => void = () => undefined,
  ) {}

  /** What the source shall show, reckoned when its turn comes; features that did not change are the same objects. */
  want(features: () => Wanted): void {
    this.wanted = features;
    if (!this.busy) this.turns.ask(this.send);
  }

  private readonly send = (): void => {
    const target = this.wanted?.();
    this.wanted = null;
    if (!target) return;
    const [add, remove] = difference(this.shown, target);
    if (add.length + remove.length > 0) void this.hand(target, add, remove);
  };

  private async hand(target: Wanted, add: Feature[], remove: Id[]): Promise<void> {
    this.busy = true;
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
    if (this.wanted) this.turns.ask(this.send);
  }
}

/** Plain loops: twice a second over ten thousand features. */
function difference(shown: Wanted, target: Wanted): [add: Feature[], remove: Id[]] {
  const [add, remove]: [Feature[], Id[]] = [[], []];
  for (const [id, feature] of target) if (shown.get(id) !== feature) add.push(feature);
  for (const id of shown.keys()) if (!target.has(id)) remove.push(id);
  return [add, remove];
}
