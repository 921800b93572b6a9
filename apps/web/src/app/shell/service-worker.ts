interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
}

const script = '/app/sw.js';

/** Lets the page open without a network: see public/app/sw.js. Only in the built app, and only where the browser can. */
export function registerShell(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('parley', { createScriptURL: () => script });
  navigator.serviceWorker.addEventListener('controllerchange', giveWhatCameBefore);
  navigator.serviceWorker.register(policy ? policy.createScriptURL(script) : script, { scope: '/app' }).catch(() => undefined);
}

/** A worker keeps what it sees come: what came without it, as the form to sign in, comes once more, from the browser's cache. */
function giveWhatCameBefore(): void {
  const given = new Set<string>();
  const give = ({ name, workerStart }: PerformanceResourceTiming): void => {
    if (workerStart > 0 || given.has(name) || !name.startsWith(`${location.origin}/app/assets/`)) return;
    given.add(name);
    fetch(name).catch(() => undefined);
  };
  new PerformanceObserver((seen) => (seen.getEntries() as PerformanceResourceTiming[]).forEach(give)).observe({
    type: 'resource',
    buffered: true,
  });
}
