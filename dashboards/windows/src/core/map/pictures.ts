/**
 * One picture for all that has changed. While a source takes changes over, each part of it that arrives asks for a
 * picture of its own, and without a GPU a picture costs a quarter of a second of processor time: so the map waits
 * until every part is here. A map that is moving is never held up, and nothing is held back for long.
 */
export const LONGEST_MS = 1000;

/** What this needs of MapLibre's map. */
export interface Painter {
  triggerRepaint(): void;
  isMoving(): boolean;
  isSourceLoaded(name: string): boolean;
  on(kind: "data" | "error", look: () => void): unknown;
  once(kind: "render", look: () => void): unknown;
}

export class Pictures {
  private readonly paint: () => void;
  private readonly under = new Map<string, (() => void) | null>();
  private heldSince: number | null = null;
  /** Paints what was held up, should nobody ask again: a page at rest has no other cause for a picture. */
  private later: ReturnType<typeof setTimeout> | null = null;
  private hasBegun = false;

  constructor(private readonly map: Painter, private readonly now: () => number = () => performance.now()) {
    this.paint = map.triggerRepaint.bind(map);
    map.triggerRepaint = () => void (this.waits() || this.paint());
    map.once("render", () => (this.hasBegun = true));
    map.on("data", this.look);
    map.on("error", this.look);
  }

  /** Holds pictures back until the source has taken this change over and all its parts in view are here. */
  async wholly(name: string, change: Promise<unknown>): Promise<void> {
    this.under.set(name, null);
    this.heldSince ??= this.now();
    try {
      await change;
      await new Promise<void>((done) => {
        this.under.set(name, done);
        this.look();
      });
    } finally {
      this.under.delete(name);
      if (this.under.size === 0) this.letGo();
    }
  }

  private readonly look = (): void => {
    for (const [name, done] of this.under) if (done && (!this.hasBegun || this.map.isSourceLoaded(name))) done();
  };
  stop(): void {
    if (this.later) clearTimeout(this.later);
    this.later = null;
  }
  private letGo(): void {
    this.stop();
    this.heldSince = null;
    this.paint();
  }
  private paintHeld(): void {
    this.later = null;
    this.heldSince = this.now();
    this.paint();
  }
  private waits(): boolean {
    const held = this.heldSince;
    if (held === null || !this.hasBegun || this.map.isMoving()) return false;
    const left = held + LONGEST_MS - this.now();
    if (left > 0) {
      this.later ??= setTimeout(() => this.paintHeld(), left);
      return true;
    }
    this.stop();
    this.heldSince = this.now();
    return false;
  }
}
