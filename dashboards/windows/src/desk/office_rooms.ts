/** The rooms of the offices: liaisons, leaders, supervisors, administrators. `first` stands above the queue. */

const LEADERS = ["shift_leader", "duty_leader"];
const OPERATORS = ["district_operator", "town_operator", "community_operator", ...LEADERS];

interface OfficeRoom {
  name: string;
  path: string;
  key: string;
  roles: string[];
  first?: boolean;
}
export const OFFICE_ROOMS: OfficeRoom[] = [
  { name: "inbox", path: "/inbox", key: "i", roles: ["liaison"], first: true },
  { name: "cockpit", path: "/cockpit", key: "o", roles: ["leader", "duty_leader"] },
  { name: "leader", path: "/leader", key: "l", roles: [...LEADERS, "lead_supervisor"] },
  { name: "responses", path: "/responses", key: "e", roles: [...OPERATORS, "leader", "liaison", "lead_supervisor"] },
  { name: "tasks", path: "/tasks", key: "t", roles: [...OPERATORS, "lead_supervisor", "leader"] },
  { name: "levels", path: "/levels", key: "u", roles: [...OPERATORS, "lead_supervisor", "leader"] },
  { name: "kpi", path: "/kpi", key: "h", roles: [...OPERATORS, "liaison", "lead_supervisor", "leader"] },
  { name: "accounts", path: "/accounts", key: "a", roles: ["security_admin", "audit_admin"], first: true },
  { name: "tokens", path: "/tokens", key: "n", roles: ["security_admin", "system_admin", "audit_admin"] },
  { name: "audit", path: "/audit", key: "j", roles: ["audit_admin"], first: true },
  { name: "rules", path: "/rules", key: "w", roles: ["district_operator", ...LEADERS, "system_admin", "security_admin", "audit_admin"] },
  { name: "settings", path: "/settings", key: "p", roles: ["system_admin", "audit_admin"] },
];

export const OFFICE_PAGES: Record<string, () => Promise<unknown>> = {
  inbox: () => import("./inbox/InboxPage.vue"),
  cockpit: () => import("./figures/CockpitPage.vue"),
  kpi: () => import("./figures/KpiPage.vue"),
  leader: () => import("./leader/LeaderPage.vue"),
  responses: () => import("./leader/ResponsesPage.vue"),
  tasks: () => import("./tasks/TasksPage.vue"),
  levels: () => import("./leader/LevelsPage.vue"),
  accounts: () => import("./admin/AccountsPage.vue"),
  tokens: () => import("./admin/TokensPage.vue"),
  audit: () => import("./admin/AuditPage.vue"),
  rules: () => import("./admin/RulesPage.vue"),
  settings: () => import("./admin/SettingsPage.vue"),
};
