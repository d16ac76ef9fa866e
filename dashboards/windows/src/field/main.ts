/** The phone of workers, crews and community officers: opens without a network, loses nothing that was done. */
import "vant/lib/index.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import { createRouter, createWebHistory } from "vue-router";
import { createWords } from "@core/words";
import "@core/theme.css";
import "./field.css";
import FieldApp from "./FieldApp.vue";
import MePage from "./MePage.vue";
import ReportPage from "./ReportPage.vue";
import TaskPage from "./TaskPage.vue";
import TasksPage from "./TasksPage.vue";

const router = createRouter({
  history: createWebHistory("/field"),
  routes: [
    { path: "/", name: "tasks", component: TasksPage },
    { path: "/tasks/:incident(\\d+)/:order", name: "task", component: TaskPage },
    { path: "/report", name: "report", component: ReportPage },
    { path: "/me", name: "me", component: MePage },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});

createApp(FieldApp).use(createPinia()).use(createWords()).use(router).mount("#app");

if ("serviceWorker" in navigator && import.meta.env.PROD) {
  void navigator.serviceWorker.register("/field-sw.js", { scope: "/field" }).then(keepLoadedFiles, () => undefined);
}

/** What the first visit loaded before the service worker stood (fonts, the map) goes through it once, to be kept. */
async function keepLoadedFiles(): Promise<void> {
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  await import("@core/map/engine").catch(() => undefined);
  await document.fonts.ready;
  const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname);
  await Promise.allSettled(loaded.filter((path) => path.startsWith("/assets/")).map((path) => fetch(path)));
}
