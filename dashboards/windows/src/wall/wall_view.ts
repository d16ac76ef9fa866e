/** Where this wall looks: domain, area, chosen incident, open list. All of it stands in the address, so a reload keeps it. */
import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";
import type { Domain } from "@core/api/types";
import { useSession } from "@core/data/session";

export const DOMAIN_SLUGS: Record<string, Domain> = {
  emergency: "emergency",
  "public-order": "public_order",
  "urban-management": "urban_management",
  transport: "transport",
};
export const slugOf = (domain: Domain): string => domain.replace("_", "-");

/** A figure that was clicked: which cases stand behind it. */
export interface CasesFilter {
  of: "open" | "critical" | "overdue" | "due_soon" | "severity" | "needs" | "opened_today" | "closed_today" | "category";
  value?: string;
  domain?: Domain | null;
}

export function useWallView() {
  const route = useRoute();
  const router = useRouter();
  const session = useSession();

  const domain = computed<Domain | null>(() => DOMAIN_SLUGS[String(route.params["domain"] ?? "")] ?? null);
  const home = computed(() => session.homeArea);
  const area = computed<string | null>(() => (route.query["area"] as string | undefined) ?? home.value?.code ?? null);
  const chosen = computed<number | null>(() => (route.query["incident"] ? Number(route.query["incident"]) : null));
  const camera = computed<string | null>(() => (route.query["camera"] as string | undefined) ?? null);
  const cases = computed<CasesFilter | null>(() => {
    const of = route.query["cases"] as CasesFilter["of"] | undefined;
    if (!of) return null;
    return { of, value: route.query["value"] as string, domain: (route.query["in"] as Domain | undefined) ?? domain.value };
  });

  function change(query: Record<string, string | undefined>): void {
    void router.replace({ query: { ...route.query, ...query } });
  }
  const lookAt = (code: string | null): void => change({ area: code === home.value?.code ? undefined : (code ?? undefined) });
  const choose = (number: number | null): void => change({ incident: number === null ? undefined : String(number), camera: undefined });
  const showCamera = (id: string | null): void => change({ camera: id ?? undefined, incident: undefined, cases: undefined });
  const openCases = (filter: CasesFilter | null): void =>
    change({ cases: filter?.of, value: filter?.value, in: filter?.domain ?? undefined });
  function showDomain(next: Domain | null): void {
    void router.push({ path: next ? `/wall/${slugOf(next)}` : "/wall", query: { area: route.query["area"] } });
  }
  const showPlayback = (): void => void router.push({ path: "/wall/playback", query: { area: route.query["area"] } });
  return { domain, home, area, chosen, camera, cases, lookAt, choose, showCamera, openCases, showDomain, showPlayback };
}
