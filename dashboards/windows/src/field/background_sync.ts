/** Where the browser can, its service worker sends when the network is back, also while the app is closed. */
export const canSendAsleep = "serviceWorker" in navigator && "SyncManager" in globalThis;

export async function askForSync(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration("/field").catch(() => undefined);
  const sync = (worker as unknown as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  await sync?.register("outbox").catch(() => undefined);
}
