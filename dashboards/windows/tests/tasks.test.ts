import "fake-indexeddb/auto";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Me, Order } from "@core/api/types";
import { useIncidents } from "@core/data/incidents";
import { useSession } from "@core/data/session";
import { loadNotices, notices } from "../src/field/notices";
import { useOutbox } from "../src/field/outbox";
import { useTasks } from "../src/field/tasks";
import { incident, order } from "./samples";

const crew = { code: "drainage", name: "排水所" };
const me = { username: "c1", name: "李", csrf_token: "t", worker: { id: "c1", name: "李" }, on_shift: true, assignments: [{ role: "handler", department: crew }] } as unknown as Me;
const holder = { kind: "department", code: "dept-drainage", name: "排水所" };
let asked: string[] = [];

describe("the tasks of a crew", () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    asked = [];
    vi.stubGlobal("fetch", (path: string) => {
      asked.push(path);
      return Promise.resolve(new Response("{}", { status: 200 }));
    });
    useSession().me = me;
  });
  afterEach(() => vi.unstubAllGlobals());

  it("show what lies with the crew, and tell as delivered only what lies on this phone", async () => {
    const orders = [order({ id: 70, holder, assignee: null }), order({ id: 71, holder, assignee: { id: "c1", name: "李" } })] as Order[];
    useIncidents().take(incident({ version: 3, orders }));
    const tasks = useTasks();
    expect(tasks.open.map((task) => task.order.id)).toEqual([70, 71]);
    for (const task of tasks.open) await tasks.tell(task, "receive");
    expect(asked).toEqual(["/api/v1/orders/71/actions/receive"]);
  });
  it("tells no loss of a task whose last act alone was done here", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
    await loadNotices("c1");
    useIncidents().take(incident({ version: 3, orders: [order({ id: 71, state: "arrived", holder, assignee: { id: "c1", name: "李" } })] as Order[] }));
    const tasks = useTasks();
    await tasks.start();
    expect(tasks.open.length).toBe(1);
    await useOutbox().put({ kind: "act", incident: 7, order: 71, action: "dispose", title: "处置", body: {} });
    await vi.waitFor(() => expect(tasks.open).toEqual([]));
    await loadNotices("c1");
    expect(notices.value).toEqual([]);
  });
});
