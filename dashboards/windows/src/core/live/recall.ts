/** Asks once, over a socket of its own, for the last entries before a snapshot, so that a stream does not start empty. */
import type { Entry } from "../api/types";
import type { Frame, SnapshotFrame, Subscription } from "./frames";
import type { Socket } from "./feed";

const BACK = 250;
/** A domain or a small area is told of in few of the last entries: then farther back, once. */
const FAR_BACK = 3000;
const FEW = 20;
const PATIENCE_MS = 4000;

export function recall(
  subscription: Subscription,
  snapshot: Pick<SnapshotFrame, "epoch" | "number">,
  tell: (entries: Entry[]) => void,
  open: () => Socket,
  back = BACK,
): void {
  if (snapshot.number < 1) return;
  const socket = open();
  const found: Entry[] = [];
  const finish = (): void => {
    clearTimeout(patience);
    socket.onmessage = socket.onclose = null;
    socket.close();
    if (found.length < FEW && back === BACK && snapshot.number > BACK) recall(subscription, snapshot, tell, open, FAR_BACK);
    else if (found.length > 0) tell(found);
  };
  const patience = setTimeout(finish, PATIENCE_MS);
  const since = { epoch: snapshot.epoch, number: Math.max(0, snapshot.number - back) };
  socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", ...subscription, since }));
  socket.onmessage = (message) => {
    const frame = JSON.parse(message.data) as Frame;
    if (frame.type === "entries") found.push(...frame.entries.filter((one) => one.number <= snapshot.number));
    if (frame.type !== "entries" || frame.to >= snapshot.number) finish();
  };
  socket.onclose = finish;
}
