/** Frames of the live connection, as the interface description has them. */
import type { Domain, Entry, Incident, Overview, Position } from "../api/types";

export interface Since {
  epoch: string;
  number: number;
}
export interface Subscription {
  view: "wall" | "desk" | "field";
  area?: string | null;
  domains?: Domain[] | null;
}
export interface SnapshotFrame {
  type: "snapshot";
  epoch: string;
  number: number;
  incidents: Incident[];
  overview?: Overview | null;
}
export interface EntriesFrame {
  type: "entries";
  epoch: string;
  from: number;
  to: number;
  entries: Entry[];
  gone?: number[];
  overview?: Overview | null;
}
export interface HeartbeatFrame {
  type: "heartbeat";
  number: number;
  at: string;
}
export interface PositionsFrame {
  type: "positions";
  items: Position[];
}
/** What a seat put up on this wall; neither incident nor camera: it is taken down again. */
export interface ShowFrame {
  type: "show";
  id: string;
  area: string;
  at: string;
  by_role: string;
  incident: number | null;
  camera: string | null;
}
export interface ResetFrame {
  type: "reset";
  reason?: string;
}
export type Frame = SnapshotFrame | EntriesFrame | HeartbeatFrame | PositionsFrame | ShowFrame | ResetFrame;
export type FeedState = "connecting" | "live" | "stale";
