/** Where the browser can, it wakes the app when the network is back. */
export async function askForSync(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration("/field").catch(() => undefined);
  const sync = (worker as unknown as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  await sync?.register("outbox").catch(() => undefined);
}
