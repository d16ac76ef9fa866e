/** The rooms of the desk and who enters them; the server judges every call again. */
import { createRouter, createWebHistory, type Router } from "vue-router";
import { useSession } from "@core/data/session";
import { OFFICE_PAGES, OFFICE_ROOMS } from "./office_rooms";

const OPERATORS = ["district_operator", "town_operator", "community_operator", "shift_leader", "duty_leader"];
const LEADERS = ["shift_leader", "duty_leader"];
const VIEWERS = [...OPERATORS, "grid_worker", "liaison", "handler", "lead_supervisor", "leader", "wall", "integration"];
const ADMINS = ["system_admin", "security_admin", "audit_admin"];

export interface Room {
  name: string;
  path: string;
  key: string;
  roles: string[] | null;
}
export const ROOMS: Room[] = [
  ...OFFICE_ROOMS.filter((room) => room.first),
  { name: "queue", path: "/queue", key: "q", roles: VIEWERS },
  { name: "alarms", path: "/alarms", key: "a", roles: OPERATORS },
  { name: "call", path: "/call", key: "c", roles: OPERATORS },
  { name: "candidates", path: "/candidates", key: "y", roles: OPERATORS },
  { name: "callbacks", path: "/callbacks", key: "r", roles: OPERATORS },
  { name: "decisions", path: "/decisions", key: "d", roles: [...OPERATORS, "liaison", "handler", "lead_supervisor"] },
  { name: "shift", path: "/shift", key: "b", roles: [...OPERATORS, "leader"] },
  ...OFFICE_ROOMS.filter((room) => !room.first),
  { name: "devices", path: "/devices", key: "v", roles: [...OPERATORS, ...ADMINS, "lead_supervisor", "leader"] },
  { name: "sources", path: "/sources", key: "s", roles: [...LEADERS, "district_operator", ...ADMINS, "integration"] },
  { name: "quarantine", path: "/quarantine", key: "g", roles: [...LEADERS, "district_operator", "system_admin"] },
];

const pages: Record<string, () => Promise<unknown>> = {
  ...OFFICE_PAGES,
  queue: () => import("./queue/QueuePage.vue"),
  alarms: () => import("./alarms/AlarmsPage.vue"),
  call: () => import("./CallPage.vue"),
  candidates: () => import("./CandidatesPage.vue"),
  callbacks: () => import("./waiting/CallbacksPage.vue"),
  decisions: () => import("./waiting/DecisionsPage.vue"),
  shift: () => import("./ShiftPage.vue"),
  devices: () => import("./DevicesPage.vue"),
  sources: () => import("./SourcesPage.vue"),
  quarantine: () => import("./QuarantinePage.vue"),
};

export function mayEnter(name: string): boolean {
  const room = ROOMS.find((one) => one.name === name);
  return !room?.roles || useSession().has(...room.roles);
}

export function createDeskRouter(): Router {
  const router = createRouter({
    history: createWebHistory("/desk"),
    routes: [
      ...ROOMS.map(({ name, path }) => ({ name, path, component: pages[name] as () => Promise<unknown> as never })),
      { name: "incident", path: "/incidents/:number(\\d+)", component: pages["queue"] as never },
      { path: "/:rest(.*)*", redirect: "/queue" },
    ],
  });
  // Before anyone is known, the gate shows the login in place of the room.
  router.beforeEach((to) => {
    if (!useSession().me || mayEnter(to.name === "incident" ? "queue" : String(to.name))) return true;
    const first = ROOMS.find((room) => mayEnter(room.name));
    return first ? { name: first.name } : true;
  });
  return router;
}
