/** The roles that an account may hold, in the order in which they are offered. */
export const ROLES = [
  "district_operator", "town_operator", "community_operator", "shift_leader", "duty_leader", "liaison", "handler", "grid_worker",
  "lead_supervisor", "leader", "wall", "integration", "system_admin", "security_admin", "audit_admin",
] as const;
export const ADMIN_ROLES: readonly string[] = ["system_admin", "security_admin", "audit_admin"];
