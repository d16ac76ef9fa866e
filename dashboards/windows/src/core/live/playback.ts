/**
 * A period of the journal as a socket: it delivers the frames of `GET /playback` when their time has come, so that
 * feed, stores and panels work as they do live. Knows nothing of Vue; the time of the picture is told to `tools.tell`.
 */
import type { Page } from "../api/types";
import type { EntriesFrame, HeartbeatFrame, SnapshotFrame } from "./frames";
import type { Socket } from "./feed";

export const SPEEDS = [1, 10, 60, 300, 600] as const;
const BEAT_MS = 1000;
/** The server takes a period that begins before it ends; who stands at its very end asks from a moment before. */
const LEAST_MS = 1000;

export type PastFrame = (EntriesFrame | HeartbeatFrame) & { at: string };
export interface PastPage extends Page<PastFrame> {
  snapshot: SnapshotFrame | null;
  kept_since?: string;
}
export interface PlaybackTools {
  fetch(fromMs: number, cursor: string | null): Promise<PastPage>;
  now(): number;
  /** The picture stands at this time now. */
  tell(atMs: number): void;
  failed(fault: unknown): void;
}

export class Playback {
  speed: number = 60;
  playing = false;
  atMs: number;
  /** What is shown is of another moment until the snapshot of this one is here. */
  waitsForPicture = true;
  private frames: PastFrame[] = [];
  private next: string | null = null;
  private fetching = false;
  private asked = 0;
  private heardMs = 0;
  private beatMs = 0;
  private socket: PlaybackSocket | null = null;

  constructor(readonly fromMs: number, readonly toMs: number, private readonly tools: PlaybackTools) {
    this.atMs = fromMs;
  }
  /** What `LiveFeed` opens in place of a WebSocket. */
  open = (): Socket => {
    this.socket = new PlaybackSocket(() => void this.load());
    return this.socket;
  };
  play(): void {
    this.playing = true;
    this.heardMs = this.tools.now();
  }
  pause(): void {
    this.playing = false;
  }
  /** Jumps: the screen starts from a snapshot there, as after a gap. */
  seek(atMs: number): void {
    this.atMs = Math.min(this.toMs, Math.max(this.fromMs, atMs));
    this.waitsForPicture = true;
    this.tools.tell(this.atMs);
    this.frames = [];
    this.socket?.hear({ type: "reset", reason: "seek" });
  }
  /** Called some times a second: moves the time on and delivers what is due. */
  tick(): void {
    const now = this.tools.now();
    if (this.playing && !this.waits()) {
      this.atMs = Math.min(this.toMs, this.atMs + (now - this.heardMs) * this.speed);
      if (this.atMs >= this.toMs) this.pause();
    }
    this.heardMs = now;
    this.deliver();
    this.tools.tell(this.atMs);
    if (now - this.beatMs < BEAT_MS) return;
    this.beatMs = now;
    // Number 0 moves nothing: it only says that the picture is not stale.
    this.socket?.hear({ type: "heartbeat", number: 0, at: new Date(this.atMs).toISOString() });
  }
  /** Time stands still until the frames that belong to it are here. */
  private waits(): boolean {
    return this.fetching && this.frames.length === 0;
  }
  private deliver(): void {
    let frame = this.frames[0];
    while (frame && Date.parse(frame.at) <= this.atMs) {
      this.frames.shift();
      this.socket?.hear(frame);
      frame = this.frames[0];
    }
    if (this.frames.length < 50 && this.next && !this.fetching) void this.fetchPage(this.next);
  }
  private async load(): Promise<void> {
    this.frames = [];
    this.next = null;
    await this.fetchPage(null);
  }
  private async fetchPage(cursor: string | null): Promise<void> {
    const mine = ++this.asked;
    this.fetching = true;
    try {
      const page = await this.tools.fetch(Math.max(this.fromMs, Math.min(this.atMs, this.toMs - LEAST_MS)), cursor);
      if (mine !== this.asked) return;
      this.frames.push(...page.items);
      this.next = page.next ?? null;
      if (!page.snapshot) return void (this.fetching = false);
      this.socket?.hear(page.snapshot);
      this.waitsForPicture = false;
    } catch (fault) {
      if (mine !== this.asked) return;
      this.pause();
      this.tools.failed(fault);
    }
    if (mine === this.asked) this.fetching = false;
  }
}

class PlaybackSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(private readonly subscribed: () => void) {
    queueMicrotask(() => this.onopen?.());
  }
  send(): void {
    this.subscribed();
  }
  close(): void {
    this.onmessage = null;
  }
  hear(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}
