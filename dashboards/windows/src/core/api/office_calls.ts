/** Calls of the offices: templates, approvals, responses, tasks, figures, administration. */
import { call, get, post, type Query } from "./client";
import type { Incident, Page, Schemas, Text } from "./types";

export type Template = Schemas["TemplateShape"];
export type Account = Schemas["AccountShape"];
export type AccountMade = Schemas["AccountMadeShape"];
export type Token = Schemas["TokenShape"];
export type TokenMade = Schemas["TokenMadeShape"];
export type AuditEntry = Schemas["AuditEntryShape"];
export type JournalState = Schemas["JournalStateShape"];
export type Setting = Schemas["SettingShape"];
export type Kpi = Schemas["KpiShape"];
export type KpiCases = Schemas["KpiCasesShape"];
export type KpiMonth = Schemas["KpiMonthShape"];
export type Figure = Schemas["FigureShape"];
export type TaskHead = Schemas["TaskHeadShape"];
export type TaskWhole = Schemas["TaskShape"];
export type Patrol = Schemas["PatrolShape"];
export type Coverage = Schemas["CoverageShape"];
export type Duty = Schemas["DutyShape"];

export const listTemplates = () => get<Page<Template>>("/reply-templates");
export const saveTemplate = (body: unknown) => post<Template>("/reply-templates", body);
export const removeTemplate = (id: number) => post<Page<Template>>(`/reply-templates/${id}/remove`);


export interface ResponseHead {
  id: number;
  title: string;
  area: { code: string; name: string; name_en?: string } | null;
  domain: string | null;
  state: string;
  level: number | null;
  drill: boolean;
  proposal: { action: string; level: number; at: string } | null;
  opened_at: string;
  activated_at: string | null;
  ended_at: string | null;
  version: number;
}
export interface Instruction {
  id: number;
  state: string;
  holder_name: Text;
  text: string;
  result: string | null;
  issued_at: string;
  due_at: string | null;
  late: boolean;
}
export interface Report {
  id: number;
  to: string;
  kind: string;
  no: number;
  at: string;
  words: Record<string, unknown>;
}
export interface ResponseWhole extends ResponseHead {
  partial: boolean;
  incidents?: number[];
  instructions: Instruction[];
  reports?: Report[];
  releases?: { id: number; channel: string; text: string; at: string }[];
  evaluation?: string | null;
  actions?: { action: string; label: Text; schema: never }[];
}
export const listResponses = (state: "open" | "all") => get<Page<ResponseHead>>("/responses", { state });
export const getResponse = (id: number) => get<ResponseWhole>(`/responses/${id}`);
export const openResponse = (body: unknown) => post<ResponseWhole>("/responses", body);
export const actOnResponse = (id: number, action: string, body: unknown) => post<ResponseWhole>(`/responses/${id}/actions/${action}`, body);

export const listTasks = (query: Query) => get<Page<TaskHead>>("/tasks", query);
export const getTask = (id: number) => get<TaskWhole>(`/tasks/${id}`);
export const beginTask = (body: unknown) => post<TaskWhole>("/tasks", body);
export const actOnTask = (id: number, action: string, body: unknown) => post<TaskWhole>(`/tasks/${id}/${action}`, body);
export const listPatrols = (query: Query) => get<Page<Patrol>>("/patrols", query);
export const getCoverage = (query: Query) => get<Coverage>("/patrols/coverage", query);

export const getKpi = (query: Query) => get<Kpi>("/kpi", query);
/** The address that a figure carries opens its cases. */
export const openCases = (address: string, cursor?: string | null) => get<KpiCases>(address.replace("/api/v1", "") + (cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""));
export const listMonths = () => get<Page<KpiMonth>>("/kpi/months");
export const actOnMonth = (month: string, action: string, body: unknown = {}) => post<KpiMonth>(`/kpi/months/${month}/${action}`, body);

export interface LongTerm {
  id: number;
  state: string;
  category_name: Text;
  area: { code: string; name: string; name_en?: string } | null;
  place_text: string | null;
  count: number;
  cases: number[];
  rule: string;
  listed_at: string;
  last_at: string;
  settled_at: string | null;
  result: string | null;
}
export const listLongTerm = (state: "open" | "settled") => get<Page<LongTerm>>("/long-term", { state });
export const settleLongTerm = (id: number, result: string) => post<unknown>(`/long-term/${id}/settle`, { result });
export const listReports = (number: number) => get<Page<Report>>(`/incidents/${number}/reports`);
export const listUpstream = (state: "waiting" | "replied") => get<Page<Incident>>("/incidents", { upstream: state, limit: 200 });

export const listAccounts = (query: Query) => get<Page<Account>>("/accounts", query);
export const addAccount = (body: unknown) => post<AccountMade>("/accounts", body);
export const changeAccount = (username: string, body: unknown) => call<Account>("PATCH", `/accounts/${username}`, { body });
export const actOnAccount = (username: string, act: "disable" | "enable") => post<Account>(`/accounts/${username}/${act}`);
export const resetPassword = (username: string) => post<AccountMade>(`/accounts/${username}/password`);
export const changeOwnPassword = (password: string, next: string) => post<unknown>("/me/password", { password, new_password: next });
export const listTokens = () => get<Page<Token>>("/tokens");
export const addToken = (name: string, source: string) => post<TokenMade>("/tokens", { name, source });
export const revokeToken = (name: string) => post<Token>(`/tokens/${name}/revoke`);
export const searchJournal = (query: Query) => get<Page<AuditEntry>>("/journal", query);
export const verifyJournal = () => get<JournalState>("/journal/state");
export const listSettings = () => get<Page<Setting>>("/settings");
export interface Rule {
  id: string;
  table: string;
  kind: string;
  version: string;
  zh: string;
  en: string;
  category: string | null;
  shadow: boolean;
  told: number;
  shadowed: number;
  confirmed: number;
  dismissed: number;
  last_at: string | null;
  settings: Record<string, unknown>;
}
export const listRules = () => get<Page<Rule>>("/rules");
export interface ShadowTelling {
  rule: string;
  at: string;
  device: string | null;
  category_name: Text;
  area: { code: string; name: string; name_en?: string } | null;
  would: string;
  incident: number | null;
}
export const listShadow = () => get<Page<ShadowTelling>>("/rules/shadow", { limit: 100 });
export interface ImportResult {
  dry_run: boolean;
  created: number;
  changed: number;
  unchanged?: number;
  fault_count?: number;
  faults?: { row: number; field: string; fault?: string; reason?: string }[];
}
export const importRegister = (kind: string, datum: string, dryRun: boolean, file: Blob) =>
  call<ImportResult>("POST", "/devices/import", { query: { kind, datum, dry_run: dryRun }, body: file });
export interface DeviceCandidate {
  id: string;
  source: string;
  source_id: string;
  reason: string;
  detail: string;
  messages: number;
  first_at: string;
  last_at: string;
  lon: number | null;
  lat: number | null;
}
export const listDeviceCandidates = () => get<Page<DeviceCandidate>>("/devices/candidates", { limit: 100 });
export const acceptDevice = (id: string, body: unknown) => post<unknown>(`/devices/candidates/${id}/accept`, body);
export const dismissDevice = (id: string, reason: string) => post<unknown>(`/devices/candidates/${id}/dismiss`, { reason });
export const getDevice = (id: string) => get<Record<string, unknown>>(`/devices/${id}`);
export const saveDevice = (id: string, isCamera: boolean, body: unknown) => call<unknown>("PATCH", `/${isCamera ? "cameras" : "devices"}/${id}`, { body });
export const addDevice = (isCamera: boolean, body: unknown) => post<unknown>(isCamera ? "/cameras" : "/devices", body);
export const changeRoster = (body: unknown) => post<unknown>("/shifts", body);
export const listDuties = (date: string) => get<Page<Duty>>("/shifts", { date });
