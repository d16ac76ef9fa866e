/** What the server sends, after the interface description. Unknown extra fields are allowed everywhere. */
import type { components } from "./api";

/** Made from the program's own description of the interface (deploy/write_api_types.py). */
export type Schemas = components["schemas"];

export const DOMAINS = ["emergency", "public_order", "urban_management", "transport"] as const;
export type Domain = (typeof DOMAINS)[number];
export type Urgency = "emergency" | "urgent" | "normal";
export type Severity = 1 | 2 | 3 | 4 | 5;
export interface Words {
  zh: string;
  en?: string | null;
}
/** A text that may come in both languages. */
export type Text = string | Words;

export interface Named {
  code: string;
  name: string;
  name_en?: string | null;
}
export interface AreaRef extends Named {
  path?: string[];
  names?: string[];
  names_en?: string[];
  level?: string;
}
export interface Holder extends Named {
  kind: string;
}
export interface Clock {
  stage: string;
  due_at: string;
  remaining_s?: number | null;
  counts_now?: boolean | null;
  paused?: boolean;
  calendar?: string | null;
  started_at?: string | null;
  limit_s?: number | null;
  /** The order that it times; none for a stage of the incident itself. */
  order?: number | string | null;
}
export interface Order {
  id: number | string;
  kind: string;
  state: string;
  holder: Holder | null;
  assignee: { id: number | string; name: string } | null;
  clocks: Clock[];
  task?: string | null;
  is_lead?: boolean;
  extensions?: number;
  extensions_left?: number;
  issued_at?: string | null;
  received_at?: string | null;
  read_at?: string | null;
  signed_at?: string | null;
  arrived_at?: string | null;
  ended_at?: string | null;
  result?: Record<string, unknown> | null;
  whistle?: Record<string, unknown> | null;
  incident?: number;
}
export interface SourceRef {
  kind: string;
  source: string;
  id: string;
  at: string;
  evidence?: string[] | null;
  name?: string | null;
  name_en?: string | null;
  text?: string | null;
  text_en?: string | null;
  confidence?: number | null;
  flags?: string[] | null;
}
export interface Upstream {
  system?: string;
  number?: string;
  due_at?: string | null;
  reply_state?: string | null;
}
export interface Reporter {
  name?: string | null;
  phone?: string | null;
  anonymous?: boolean;
  wants_reply?: boolean;
  count?: number;
  [more: string]: unknown;
}
export interface Place {
  lon: number;
  lat: number;
  accuracy_m?: number | null;
  how?: string | null;
}
/** A request that waits for others to agree. */
export interface PendingRequest {
  id: number;
  action: string;
  order: number | null;
  stage: string | null;
  asked_by: string;
  asked_at: string;
  expires_at: string;
  reason: string;
  until: string | null;
}
export interface LostTime {
  cause: string;
  holder: Holder;
  lost_s: number;
  /** Of it in the calendar of the stage itself. */
  stage_s?: number;
  calendar?: string;
  at: string;
}
export type WaitingRequest = PendingRequest & { incident: number; title: string; title_en: string };
export interface ConsultationMember {
  id: number;
  code: string;
  post_name: Words;
  kind: "person" | "post";
  name: Text;
  opinion?: string | null;
  opinion_at?: string | null;
  opinion_by?: string | null;
}
/** Who said something in a consultation: the name masked, and as what. */
export interface Signed {
  name: string;
  role: string | null;
}
export interface Consultation {
  id: number;
  incident: number;
  state: string;
  topic: string;
  opened_by: Signed;
  opened_at: string;
  members: ConsultationMember[];
  decision?: string | null;
  decided_by?: Signed | null;
  decided_at?: string | null;
  outcome?: Record<string, unknown> | null;
}
/** One of those who reported, masked, with what they are owed. */
export interface Caller {
  id: number;
  name: string;
  phone: string;
  anonymous: boolean;
  wants_reply: boolean;
  reported_at: string;
  replied_at?: string | null;
  callback_due_at?: string | null;
  callback_attempts?: number;
  revisited_at?: string | null;
  satisfaction?: string | null;
}
export type CallbackOwed = Caller & {
  incident: number;
  title: string;
  category_name: Words;
  area: AreaRef | null;
  reply?: string | null;
  closed_at: string | null;
  is_overdue: boolean;
  version: number;
};
export interface Incident {
  number: number;
  title: string;
  title_en?: string | null;
  domain: Domain;
  /** Its own domain, and those whose boards see it besides. */
  domains?: Domain[];
  category: string | Named | null;
  /** The standard by which it was filed, and when that says it is settled. */
  filing_condition?: { id: string; condition: Text; closing: Text } | null;
  category_name?: Text | null;
  severity: number;
  severity_proposed?: number | null;
  urgency: Urgency;
  sensitive: boolean;
  drill: boolean;
  replay?: boolean;
  state: string;
  level: string;
  area: AreaRef | null;
  grid?: Named | string | null;
  grid_name?: string | null;
  grid_name_en?: string | null;
  cell?: Named | string | null;
  cell_name?: string | null;
  location: Place | null;
  place_text?: string | null;
  text?: string | null;
  text_en?: string | null;
  holder: Holder | null;
  supervised_by?: Holder | string | null;
  supervised_by_name?: Text | null;
  /** The last supervision: when its answer is due, and whether it was given. */
  supervision?: { due_at: string; answered_at?: string | null } | null;
  /** Its number in the platform above, once it was handed up. */
  handed_up?: { system: string; number: string; due_at?: string | null } | null;
  /** The city's level rules that have fired, in order. */
  levels?: { rule: string; of: string; occasion: string; version: string; at: string; zh: string; en: string }[];
  orders: Order[];
  clocks: Clock[];
  sources: SourceRef[];
  evidence?: (string | { id: string; content_type?: string; name?: string })[];
  attachments?: (string | { id: string; content_type?: string; name?: string })[];
  reporter?: Reporter | null;
  /** Many alarms of one cause, gathered in this one case. */
  storm?: boolean;
  members?: number;
  source_count?: number;
  /** What the seats did with its alarm. */
  alarm?: { acknowledged_at?: string; acknowledged_by?: string; shelved_until?: string; shelved_by?: string; shelved_why?: string } | null;
  is_overdue?: boolean;
  is_due_soon?: boolean;
  partial?: boolean;
  reply?: string | null;
  upstream?: Upstream | null;
  needs_arbitration?: boolean;
  timeout_exempt?: boolean;
  is_forced?: boolean;
  suspended_until?: string | null;
  audit?: string | null;
  returned?: { by: Holder; reason_code: string; at: string; corrected: boolean } | null;
  routed_by?: { rule: string; version: string | null; editable: boolean } | null;
  lost_time?: LostTime[];
  /** The emergency response for which the clocks stand still. */
  frozen_by?: number | null;
  approvals?: PendingRequest[];
  consultations?: Consultation[];
  reporters?: Caller[];
  merged?: { number: number; title: string; title_en?: string }[];
  merged_into?: number | null;
  returns?: number;
  reworks?: number;
  version: number;
  opened_at: string;
  updated_at: string;
  closed_at: string | null;
}

export interface Actor {
  kind: string;
  name?: string | null;
  role?: string | null;
}
export interface EntryData {
  area_name?: Text | null;
  category_name?: Text | null;
  title?: string | null;
  holder_name?: Text | null;
  worker_name?: string | null;
  order_kind?: string | null;
  stage?: string | null;
  ratio?: number | null;
  reason?: Text | null;
  [more: string]: unknown;
}
export interface Entry {
  number: number;
  at: string;
  incident: number | null;
  kind: string;
  actor: Actor | null;
  data: EntryData | null;
  state_after: Incident | null;
}

export interface DomainFigures {
  open: number;
  emergency_urgency: number;
  overdue: number;
  due_soon: number;
  opened_today: number;
  closed_today: number;
  on_time_ratio: number | null;
  trend_24h: { hour: string; opened: number; closed: number }[];
}
export interface Totals {
  /** Matters that screens show as a count alone. */
  class_2_open?: number;
  open: number;
  emergency_urgency: number;
  overdue: number;
  due_soon: number;
  closed_today: number;
  opened_today: number;
  severity: Record<string, number>;
  on_time_ratio: number | null;
  needs_person: number;
}
export interface Overview {
  area: AreaRef | string | null;
  at: string;
  epoch?: string;
  number?: number;
  totals: Totals;
  domains: Partial<Record<Domain, DomainFigures>>;
  on_duty: OnDuty[];
  children: { code: string; name: string; level: string; open: number; overdue: number; emergency_urgency: number; on_duty?: OnDuty[] }[];
  demo?: boolean;
  /** What people should know about the city's data: a year without its calendar. */
  warnings?: { code: string; zh: string; en: string }[];
  alarm_load?: Schemas["AlarmLoadShape"];
  /** The own figures of one domain; only where one domain was asked for. */
  board?: Schemas["BoardShape"] | null;
}
export type BoardPanel = Schemas["BoardPanelShape"];
export type BoardRow = Schemas["BoardRowShape"];
export type BoardFigure = Schemas["BoardFigureShape"];

export interface Assignment {
  role: string;
  area: { code: string; name: string; name_en?: string | null; level: string } | null;
  domains: Domain[] | null;
  department: Named | null;
}
export interface Me {
  username: string;
  name: string;
  csrf_token: string;
  /** The password was given by an administrator: nothing else is done before it is one's own. */
  must_change_password?: boolean;
  assignments: Assignment[];
  worker: { id: number | string; name: string; grid?: Named | string | null } | string | null;
  on_shift: boolean;
  city: City;
  language?: string | null;
}
export interface City {
  name: string;
  name_en?: string | null;
  timezone: string;
  demo: boolean;
  synthetic: boolean;
  bounds: [number, number, number, number];
  center: [number, number];
  levels: (string | { code: string; name?: Text })[];
}

export interface Post {
  code: string;
  kind: string;
  level: string;
  name: string;
  name_en?: string | null;
}

export interface Worker {
  id: number | string;
  name: string;
  role?: string;
  area?: AreaRef | string | null;
  on_shift?: boolean;
  lon: number | null;
  lat: number | null;
  at?: string | null;
  open_orders?: number;
  phone?: string | null;
  post?: string | null;
  path?: string[];
}
export interface Position {
  id: number | string;
  worker?: number | string;
  lon: number;
  lat: number;
  at?: string;
  [more: string]: unknown;
}
export interface Device {
  id: string;
  name: string;
  name_en?: string | null;
  kind: string;
  source: string | null;
  source_id: string | null;
  topic: string | null;
  lon: number | null;
  lat: number | null;
  area: AreaRef | string | null;
  area_name?: string | null;
  area_name_en?: string | null;
  status: string;
  last_seen_at: string | null;
  distance_m?: number;
  /** Where its present picture is, on our own server; none where its source gives no pictures. */
  snapshot?: string | null;
  /** Of a camera: where it looks, how wide and how far. */
  heading_deg?: number | null;
  fov_deg?: number | null;
  range_m?: number | null;
  health?: string;
}
export interface SourceStatus {
  name: string;
  format: string;
  transport: string;
  topic?: string | null;
  topic_filter?: string | null;
  path?: string | null;
  last_message_at?: string | null;
  last_message?: string | null;
  accepted: number | null;
  duplicate: number | null;
  quarantined: number | null;
  /** Turned away above its rate; messages a second that it may send; how often people agreed with it. */
  shed?: number | null;
  rate_per_s?: number | null;
  trust?: number | null;
  zh?: string;
  en?: string;
}
export interface Quarantined {
  id: number | string;
  at?: string;
  received_at?: string;
  source?: string | null;
  topic?: string | null;
  reason: Text;
  detail?: string;
  payload?: string | null;
  payload_text?: string | null;
  size?: number;
  [more: string]: unknown;
}
export interface Candidate {
  id: number | string;
  at?: string;
  opened_at?: string;
  title?: string | null;
  category?: string | Named | null;
  category_name?: Text | null;
  area?: AreaRef | null;
  area_name?: string | null;
  location?: Place | null;
  source?: string | null;
  confidence?: number | null;
  reason?: Text | null;
  text?: string | null;
  text_en?: string | null;
  evidence?: (string | { id: string })[];
  state?: string;
  [more: string]: unknown;
}

export interface TimelineItem {
  number: number;
  at: string;
  kind: string;
  actor: Actor | null;
  data: EntryData | null;
  text?: Words | null;
}
export interface DecisionStep {
  step: string;
  rule: string;
  version: string | number;
  at: string;
  reason: Text;
  candidates: DecisionCandidate[];
}
/** Free in form: a worker with score and distance, a post for an order, a level, a way in. */
export interface DecisionCandidate {
  code?: string;
  name?: string;
  worker?: string;
  post?: string;
  holder?: string;
  level?: string;
  order?: string;
  way?: string;
  incident?: number;
  score?: number | null;
  load?: number | null;
  distance_m?: number | null;
  refused?: Text | null;
  [more: string]: unknown;
}

/** The part of JSON Schema that action forms use. */
export interface FieldSchema {
  type?: string | string[];
  title?: string;
  "x-en"?: string;
  "x-widget"?: "photos" | "voice" | "area" | "department" | "worker" | "category" | "filing_condition" | "text" | "date" | "datetime" | "incident" | "place" | "persons";
  /** Which levels of area, which kinds of post are meant. */
  "x-levels"?: string[];
  "x-posts"?: string[];
  /** The category whose standards the titles name. */
  "x-category"?: string | null;
  description?: string;
  enum?: (string | number)[];
  "x-enum-titles"?: Record<string, Text>;
  "x-enum"?: Record<string, Text>;
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: FieldSchema;
  oneOf?: { const: string | number; title?: string; "x-en"?: string }[];
  anyOf?: FieldSchema[];
}
export interface ActionSchema {
  type?: string;
  properties?: Record<string, FieldSchema>;
  required?: string[];
  anyOf?: { required?: string[] }[];
  oneOf?: { required?: string[] }[];
  allOf?: { if: { properties: Record<string, { const: unknown }> }; then: { required?: string[]; properties?: Record<string, FieldSchema> } }[];
}
export interface Action {
  action: string;
  order: number | string | null;
  label?: Text | null;
  irreversible?: boolean;
  schema: ActionSchema | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}
/** One of the sources that make up a case. */
export interface Member {
  kind: string;
  source: string;
  device: string | null;
  name: string | null;
  name_en?: string | null;
  id: string;
  category_name: Words | null;
  area: AreaRef | null;
  at: string;
  last_at: string | null;
  ended_at: string | null;
  confidence: number | null;
}
export interface Located {
  cell: Named | null;
  grid: Named | null;
  community: Named | null;
  town: Named | null;
  district: Named | null;
}
export interface FoundPlace {
  name: string;
  name_en?: string | null;
  kind?: string;
  lon: number;
  lat: number;
  town?: Named | string | null;
  area?: AreaRef | string | null;
}
export interface Category {
  code: string;
  name?: Text;
  zh?: string;
  en?: string;
  domain: Domain;
  class_name?: Text;
}
export interface AreaProperties {
  code: string;
  name: string;
  level: string;
  name_en?: string | null;
  parent?: string | null;
  label_lon?: number;
  label_lat?: number;
  synthetic?: boolean;
  [more: string]: unknown;
}

export type OnDuty = Schemas["OnDutyShape"];
export type Seat = Schemas["SeatShape"];
export type SeatList = Schemas["SeatsShape"];
export type HandoverHead = Schemas["HandoverHeadShape"];
export interface HandoverLine {
  href: string;
  incident?: number;
  drill?: boolean;
  candidate?: string;
  source?: string;
  name?: Words;
  category_name?: Words;
  area_name?: Words;
  holder_name?: Words;
  state?: string;
  urgency?: Urgency;
  severity?: number;
  stage?: string;
  /** Of a response under way. */
  title?: string;
  response_level?: number | null;
  instructions?: number;
  instructions_late?: number;
  /** Classes of ordinary cases that are halted. */
  frozen?: string[];
  due_at?: string;
  at?: string;
  last_at?: string | null;
}
export type HandoverSheet = Omit<Schemas["HandoverShape"], "sections"> & {
  sections: { name: string; count: number; items: HandoverLine[] }[];
};
