/** Every call of the interface that the pages use, by name. */
import type { FeatureCollection } from "geojson";
import type { PastPage } from "../live/playback";
import { call, get, post, type Query } from "./client";
import type {
  Action,
  CallbackOwed,
  Consultation,
  WaitingRequest,
  Candidate,
  Category,
  DecisionStep,
  Device,
  FoundPlace,
  HandoverHead,
  HandoverSheet,
  Incident,
  Located,
  Me,
  Member,
  OnDuty,
  Overview,
  Page,
  Post,
  Quarantined,
  SeatList,
  SourceStatus,
  TimelineItem,
  Worker, Text,
} from "./types";

export const logIn = (username: string, password: string) =>
  post<{ csrf_token: string; me?: Me }>("/session", { username, password });
export const logOut = () => call<void>("DELETE", "/session");
export const askSession = () => get<{ logged_in?: boolean }>("/session");
export const getMe = () => get<Me>("/me");

export const getOverview = (query: Query) => get<Overview>("/overview", query);
export const getPlayback = (query: Query) => get<PastPage>("/playback", query);
export const listIncidents = (query: Query) => get<Page<Incident>>("/incidents", query);
export const getIncident = (number: number) => get<Incident>(`/incidents/${number}`);
export const reportIncident = (report: Record<string, unknown>, key?: string) => post<Incident>("/incidents", report, key);
export const listSimilar = (query: Query) => get<Page<Incident & { distance_m?: number }>>("/incidents/similar", query);
export const listActions = (number: number) => get<{ items: Action[] }>(`/incidents/${number}/actions`);
export const getTimeline = (number: number) => get<{ items: TimelineItem[] }>(`/incidents/${number}/timeline`);
export const getDecision = (number: number) => get<{ items: DecisionStep[] }>(`/incidents/${number}/decision`);
/** Of the caller that is meant; without one, of the first. */
export const unmask = (number: number, field: string, reason: string, reporter?: number) =>
  post<Record<string, unknown>>(`/incidents/${number}/unmask`, { field, reason, ...(reporter === undefined ? {} : { reporter }) });

/** Carries out an action on an incident, or on one of its orders; the answer is the incident. */
export function act(number: number, action: Pick<Action, "action" | "order">, body: unknown, key?: string): Promise<Incident> {
  const of = action.order === null || action.order === undefined ? `/incidents/${number}` : `/orders/${action.order}`;
  return post<Incident>(`${of}/actions/${action.action}`, body, key);
}

export const getAreas = (query: { level?: string; parent?: string }) => get<FeatureCollection>("/grid/areas", query);
export const locate = (lon: number, lat: number) => get<Located>("/grid/locate", { lon, lat });
export const findPlaces = (q: string, town?: string) => get<Page<FoundPlace>>("/places", { q, town, limit: 12 });
export const listCategories = () => get<Page<Category>>("/categories", { limit: 500 });

export const listWorkers = (query: Query = {}) => get<Page<Worker>>("/workers", query);
export const listConditions = (category: string) =>
  get<Page<{ id: string; condition: Text; closing: Text }>>(`/categories/${encodeURIComponent(category)}/conditions`);
export interface Invitable {
  username: string;
  name: string;
  role: string;
  at: { zh: string; en: string };
}
export const listInvitable = () => get<Page<Invitable>>("/consultations/persons");
export const listPosts = (query: Query = {}) => get<Page<Post>>("/posts", query);
export const postPosition = (position: Record<string, unknown>) => post<void>("/workers/me/position", position);
export const postShift = (onShift: boolean, key?: string) => post<unknown>("/workers/me/shift", { on_shift: onShift }, key);
export const listCameras = (query: Query) => get<Page<Device>>("/cameras", query);
export const listMembers = (number: number, cursor?: string | null) => get<Page<Member> & { total: number; ended: number }>(`/incidents/${number}/members`, { limit: 100, cursor });
export const listDevices = (query: Query) => get<Page<Device>>("/devices", query);
export const listSources = () => get<Page<SourceStatus>>("/sources");
export const listQuarantine = (query: Query) => get<Page<Quarantined>>("/quarantine", query);
export const retryQuarantined = (id: number | string) => post<unknown>(`/quarantine/${id}/retry`);
export const listCandidates = (query: Query) => get<Page<Candidate>>("/candidates", query);
export const judgeCandidate = (id: number | string, verdict: "confirm" | "dismiss", body: unknown) =>
  post<unknown>(`/candidates/${id}/${verdict}`, body);

/** All pages of a list, at most `most` items. */
export async function listAll<T>(page: (query: Query) => Promise<Page<T>>, query: Query, most = 2000): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const part: Page<T> = await page({ ...query, cursor });
    items.push(...part.items);
    cursor = part.next ?? null;
  } while (cursor && items.length < most);
  return items;
}

export const listCallbacks = (query: Query) => get<Page<CallbackOwed>>("/callbacks", query);
export const listApprovals = () => get<Page<WaitingRequest>>("/approvals");
export const listConsultations = (state: "open" | "decided") => get<Page<Consultation & { title: string; title_en: string; mine: number[] }>>("/consultations", { state });

export const listOnDuty = (query: Query = {}) => get<Page<OnDuty>>("/shifts", query);
export const listSeats = (query: Query = {}) => get<SeatList>("/shifts/seats", query);
export const changeSeat = (on: boolean, seat?: string) => post<unknown>("/shifts/seat", seat ? { on, seat } : { on });
export const listHandovers = (query: Query = {}) => get<Page<HandoverHead>>("/shifts/handovers", query);
export const getHandover = (id: number) => get<HandoverSheet>(`/shifts/handovers/${id}`);
export const makeHandover = () => post<HandoverSheet>("/shifts/handovers", {});
export const noteHandover = (id: number, notes: string) => post<HandoverSheet>(`/shifts/handovers/${id}/notes`, { notes });
export const signHandover = (id: number) => post<HandoverSheet>(`/shifts/handovers/${id}/sign`, {});

export interface FieldMessage {
  id: number;
  at: string;
  sender: string;
  sender_role: string;
  mine: boolean;
  text: string;
  urgent: boolean;
  incident: number | null;
  read_at: string | null;
  read_count: number | null;
}
export interface PatrolItem {
  id: number;
  task: number | null;
  state: string;
  title: string;
  location: { lon: number; lat: number } | null;
  radius_m: number;
  accuracy_max_m?: number;
  incident: number | null;
  due_at: string;
  done_at: string | null;
  accuracy_m: number | null;
}
export const listMessages = (query: Query = {}) => get<Page<FieldMessage>>("/messages", query);
export const readMessage = (id: number, key?: string) => post<unknown>(`/messages/${id}/read`, {}, key);
export const sendMessage = (message: Record<string, unknown>) => post<{ id: number }>("/messages", message);
export const postSos = (place: Record<string, unknown>, key?: string) => post<{ number: number }>("/workers/me/sos", place, key);
export const listPatrols = (query: Query = {}) => get<Page<PatrolItem>>("/patrols", query);
export interface Undelivered {
  order: number;
  kind: string;
  incident: number;
  title: string;
  title_en: string;
  urgency: string;
  worker: { id: string; name: string | null };
  phone: string | null;
  sent_at: string;
}
export const listUndelivered = () => get<Page<Undelivered>>("/orders/undelivered");
