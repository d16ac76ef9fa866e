/**
 * The live connection: a snapshot at number N, then entries without a gap. A gap, another epoch or a `reset` asks
 * for a new snapshot; a lost socket is opened again for ever, with growing, random delays. Knows nothing of Vue.
 */
import type { EntriesFrame, FeedState, Frame, PositionsFrame, ShowFrame, Since, SnapshotFrame, Subscription } from "./frames";

export const STALE_AFTER_MS = 10_000;
const DEAD_AFTER_MS = 20_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** Changes that come close together are read together: by the hundred a second, each alone costs the page a task. */
const GATHER_MS = 100;
const IS_CHANGE = /^{"type":"(entries|positions)"/;

export interface FeedEars {
  snapshot(frame: SnapshotFrame): void;
  entries(frame: EntriesFrame): void;
  positions(frame: PositionsFrame): void;
  heartbeat(serverAt: string): void;
  show?(frame: ShowFrame): void;
  state(state: FeedState): void;
  /** The session has ended (4401). */
  loggedOut(): void;
  /** Rights have changed (4403): ask who I am, then `restart`. */
  rightsChanged(): Promise<void>;
  /** The area asked for is none of this person's (4404): who knows a better one calls `restart`. */
  noSuchArea?(area: string | null): void;
}
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: string }) => void) | null;
  onclose: ((close: { code: number }) => void) | null;
  onerror: (() => void) | null;
}
export interface FeedTools {
  open: () => Socket;
  now: () => number;
  random: () => number;
}

export class LiveFeed {
  private socket: Socket | null = null;
  private since: Since | null = null;
  private waitsForSnapshot = false;
  private failures = 0;
  private heardAt = 0;
  private openedAt = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private watch: ReturnType<typeof setInterval> | null = null;
  private running = false;
  private gathered: string[] = [];
  private gathering: ReturnType<typeof setTimeout> | null = null;
  private readAt = -Infinity;
  private state: FeedState = "connecting";

  constructor(
    private subscription: Subscription,
    private readonly ears: FeedEars,
    private readonly tools: FeedTools,
  ) {}

  start(): void {
    this.running = true;
    this.heardAt = this.tools.now();
    this.watch ??= setInterval(() => this.judgeAge(), 1000);
    this.connect();
  }

  stop(): void {
    this.running = false;
    if (this.watch) clearInterval(this.watch);
    if (this.retry) clearTimeout(this.retry);
    this.watch = this.retry = null;
    this.drop();
  }

  /** Subscribes anew, from a snapshot: another area, other rights. */
  restart(subscription: Subscription = this.subscription): void {
    this.subscription = subscription;
    this.since = null;
    if (!this.running) return;
    this.drop();
    this.connect();
  }

  /** The network is back, or the page visible again: do not wait for the delay. */
  hurry(): void {
    if (this.running && !this.socket) this.connect();
  }

  private connect(): void {
    if (this.retry) clearTimeout(this.retry);
    this.retry = null;
    this.tell("connecting");
    const socket = this.tools.open();
    this.socket = socket;
    this.openedAt = this.tools.now();
    socket.onopen = () => this.subscribe();
    socket.onmessage = (message) => this.socket === socket && this.gather(message.data);
    socket.onclose = (close) => this.socket === socket && this.closed(close.code);
    socket.onerror = () => undefined;
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    this.gathered = [];
    if (!socket) return;
    socket.onclose = socket.onmessage = socket.onopen = null;
    socket.close();
  }

  private subscribe(): void {
    this.waitsForSnapshot = this.since === null;
    const { view, area, domains } = this.subscription;
    const since = this.since ? { since: this.since } : {};
    this.socket?.send(
      JSON.stringify({ type: "subscribe", view, ...(area ? { area } : {}), ...(domains ? { domains } : {}), ...since }),
    );
  }

  private resync(): void {
    this.since = null;
    this.subscribe();
  }

  /** A lone change, and what is no change, is read at once; never out of turn. */
  private gather(text: string): void {
    this.heardAt = this.tools.now();
    this.gathered.push(text);
    const wait = this.readAt + GATHER_MS - this.heardAt;
    if (wait <= 0 || !IS_CHANGE.test(text)) this.read();
    else this.gathering ??= setTimeout(() => this.read(), wait);
  }
  private read(): void {
    if (this.gathering) clearTimeout(this.gathering);
    this.gathering = null;
    this.readAt = this.tools.now();
    const { gathered, socket } = this;
    this.gathered = [];
    for (const text of gathered) if (this.socket === socket) this.hear(text);
  }

  private hear(text: string): void {
    const frame = JSON.parse(text) as Frame;
    switch (frame.type) {
      case "snapshot":
        return this.takeSnapshot(frame);
      case "entries":
        return this.takeEntries(frame);
      case "heartbeat":
        if (this.since) this.since.number = Math.max(this.since.number, frame.number);
        this.ears.heartbeat(frame.at);
        return this.tell(this.waitsForSnapshot ? "connecting" : "live");
      case "positions":
        return this.ears.positions(frame);
      case "show":
        return this.ears.show?.(frame);
      case "reset":
        return this.resync();
    }
  }

  private takeSnapshot(frame: SnapshotFrame): void {
    this.since = { epoch: frame.epoch, number: frame.number };
    this.waitsForSnapshot = false;
    this.failures = 0;
    this.ears.snapshot(frame);
    this.tell("live");
  }

  private takeEntries(frame: EntriesFrame): void {
    if (this.waitsForSnapshot) return;
    if (!this.since || frame.epoch !== this.since.epoch || frame.from !== this.since.number + 1) return this.resync();
    this.since.number = frame.to;
    this.failures = 0;
    this.ears.entries(frame);
    this.tell("live");
  }

  private closed(code: number): void {
    this.read();
    this.socket = null;
    this.tell("connecting");
    if (code === 4401) {
      this.since = null;
      return this.ears.loggedOut();
    }
    if (code === 4403) {
      this.since = null;
      void this.ears.rightsChanged().finally(() => this.later());
      return;
    }
    this.later();
    if (code === 4404) this.ears.noSuchArea?.(this.subscription.area ?? null);
  }

  private later(): void {
    if (!this.running || this.socket || this.retry) return;
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    this.retry = setTimeout(() => this.connect(), longest * (0.5 + this.tools.random() / 2));
  }

  private judgeAge(): void {
    const now = this.tools.now();
    if (now - this.heardAt > STALE_AFTER_MS) this.tell("stale");
    // Who gives up a large first picture on its way, and asks for it anew, may never get it: each try waits longer.
    const patience = DEAD_AFTER_MS * (this.waitsForSnapshot ? 1 + this.failures : 1);
    if (this.socket && now - Math.max(this.heardAt, this.openedAt) > patience) {
      this.drop();
      this.later();
    }
  }

  private tell(state: FeedState): void {
    // A picture that has gone stale stays so until the server speaks again, however often the socket is opened.
    const next = this.state === "stale" && state === "connecting" ? "stale" : state;
    if (next === this.state) return;
    this.state = next;
    this.ears.state(next);
  }
}
