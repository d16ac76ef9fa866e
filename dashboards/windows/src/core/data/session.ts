/** Who sits here: me, my assignments, the city; log in and out. `known` tells whether the server was asked yet. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { askSession, getMe, logIn, logOut } from "../api/calls";
import { onLoggedOut, setCsrfToken } from "../api/client";
import { Problem } from "../api/problem";
import type { City, Me } from "../api/types";

const KEPT = "citybrain.me";
const ADMINISTRATORS = new Set(["system_admin", "security_admin", "audit_admin"]);

export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const known = ref(false);
  const roles = computed(() => new Set((me.value?.assignments ?? []).map((one) => one.role)));
  const city = computed<City | null>(() => me.value?.city ?? null);
  const timezone = computed(() => city.value?.timezone ?? "Asia/Shanghai");
  /** The roster's id of the person behind this account, where there is one. */
  const workerId = computed(() => {
    const worker = me.value?.worker;
    return worker ? String(typeof worker === "object" ? worker.id : worker) : null;
  });
  /** Administrators see no incidents: the live feed is not for them. */
  const seesIncidents = computed(() => [...roles.value].some((role) => !ADMINISTRATORS.has(role)));
  const homeArea = computed(() => me.value?.assignments.find((one) => one.area)?.area ?? null);

  function take(answer: Me): void {
    me.value = answer;
    setCsrfToken(answer.csrf_token);
    known.value = true;
  }
  function forget(): void {
    me.value = null;
    setCsrfToken("");
    known.value = true;
    localStorage.removeItem(KEPT);
  }
  /** Asks the server; false when it did not answer. A 401 means: nobody. */
  async function load(): Promise<boolean> {
    try {
      // Asked first, so that a browser that nobody has logged in from meets no refusal.
      if ((await askSession()).logged_in === false) forget();
      else take(await getMe());
      return true;
    } catch (fault) {
      if (fault instanceof Problem && fault.status === 401) forget();
      return fault instanceof Problem && fault.status === 401;
    }
  }
  async function enter(username: string, password: string): Promise<void> {
    const answer = await logIn(username, password);
    setCsrfToken(answer.csrf_token);
    take(answer.me?.city ? { ...answer.me, csrf_token: answer.csrf_token } : await getMe());
  }
  async function leave(): Promise<void> {
    await logOut().catch(() => undefined);
    forget();
  }
  /** The phone keeps who it belongs to, so that it opens without a network. */
  function keep(): void {
    if (me.value) localStorage.setItem(KEPT, JSON.stringify(me.value));
  }
  function recall(): boolean {
    const kept = localStorage.getItem(KEPT);
    if (!kept) return false;
    take(JSON.parse(kept) as Me);
    return true;
  }
  const has = (...wanted: string[]): boolean => wanted.some((role) => roles.value.has(role));
  onLoggedOut(forget);

  return { me, known, roles, workerId, seesIncidents, city, timezone, homeArea, load, enter, leave, keep, recall, has, forget };
});
