// Has the service worker keep the site, so that it works without a connection.

// `used` are the addresses of the runtime's files that this browser took. Resolves to whether all is kept.
export async function keepSite(used) {
  if (!navigator.serviceWorker) return false;
  await navigator.serviceWorker.register("sw.js");
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const kept = new Promise((resolve) => { port1.onmessage = resolve; });
  active.postMessage({ keep: used }, [port2]);
  await kept;
  return true;
}
