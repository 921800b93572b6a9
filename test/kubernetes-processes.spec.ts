import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { Service } from 'kubernetes-types/core/v1';
import type { Ingress } from 'kubernetes-types/networking/v1';
import { type Config, configKeys, defaultConfig } from '@app/config';
import { routes } from '@app/protocol';
import { Overlay, overlayNames } from './kubernetes/overlays';
import { type Workload, behind, environmentOf, mayReach, policiesOf, portOf, selects } from './kubernetes/pods';

const root = join(__dirname, '..');
const secret = 'Zk3vQ9xR7mT2wY8pL5nC4bH6jF1dS0gA';

/** Every host and port that a configuration names. */
function addressesIn({ databaseUrl, redisUrl, kafkaBrokers }: Config): { host: string; port: number }[] {
  const hosts = [databaseUrl, redisUrl].map((url) => /^[^/]+:\/\/(?:[^@/]*@)?([^/]+)/.exec(url)?.[1] ?? '');
  return [...hosts.flatMap((list) => list.split(',')), ...kafkaBrokers].map((address) => {
    const [host = '', port] = address.split(':');
    return { host, port: Number(port) };
  });
}

describe.each(overlayNames)('our processes in the overlay %s', (name) => {
  const overlay = new Overlay(name);
  const { manifests, secrets, ours, services } = overlay;
  const called = (component: string): Workload | undefined => ours.find((one) => one.name === component);
  const ingresses = overlay.ofKind<Ingress>('Ingress').map(({ metadata, spec }) => ({
    asked: (annotation: string) => metadata?.annotations?.[`nginx.ingress.kubernetes.io/${annotation}`],
    certified: spec?.tls?.flatMap(({ hosts }) => hosts),
    hosts: spec?.rules?.map(({ host }) => host),
    paths: spec?.rules?.flatMap(({ http }) => http?.paths ?? []) ?? [],
  }));
  const paths = ingresses.flatMap((ingress) => ingress.paths);
  const way = (path: string) => ingresses.find((ingress) => ingress.paths.some((one) => one.path === path));

  it('are programs that there are', () => {
    const sources = ours.map(({ container }) =>
      container.command?.at(-1)?.replace(/^dist\/apps\/([\w-]+)\/(apps\/\1\/src\/[\w-]+)\.js$/, '$2.ts'),
    );
    expect(sources).toContain('apps/gateway/src/main.ts');
    expect(sources.filter((source) => source === undefined || !existsSync(join(root, source)))).toEqual([]);
  });

  it('are configured with keys that exist, and have nothing to warn of', () => {
    const known = new Set([...configKeys.flatMap(({ env }) => env), 'NODE_ENV', 'NODE_OPTIONS']);
    for (const workload of ours) {
      const { env = [] } = workload.container;
      const asked = (variable: string) => known.has(variable) || env.some(({ value = '' }) => value.includes(`$(${variable})`));
      expect(Object.keys(environmentOf(workload.container, secrets)).filter((variable) => !asked(variable))).toEqual([]);
      const { warnings, config } = overlay.run(workload, secret);
      // The Job that makes the tables has no settings and keeps no files.
      if (workload.manifest.kind !== 'Job') expect(warnings).toEqual([]);
      expect(config).toMatchObject({
        jwtSecret: secret,
        databaseUrl: expect.stringMatching(/^mysql:/) as string,
        redisUrl: expect.stringMatching(/^redis/) as string,
      });
    }
  });

  it('are refused what the templates have in the place of a secret', () => {
    for (const workload of ours) expect(() => overlay.run(workload, 'RANDOM')).toThrow(/^config: jwtSecret/);
  });

  it('listen where they are asked', () => {
    const ports = { gateway: portOf(called('gateway')?.container ?? { name: '' }, 'http'), consumer: undefined as number | undefined };
    const consumer = called('group-consumer');
    if (consumer) ports.consumer = portOf(consumer.container, 'health');
    const { port, consumerPort } = defaultConfig();
    expect(ports).toEqual({ gateway: port, consumer: consumer && consumerPort });
  });

  it('are told of servers that answer there, and that the policies let them reach', () => {
    for (const workload of ours) {
      const unreachable = addressesIn(overlay.run(workload, secret).config)
        .filter(({ host }) => !host.endsWith('.example.com'))
        .filter(({ host, port }) => {
          const server = behind(host, manifests);
          return !server || portOf(server.container, port) !== port || !mayReach(workload, server, port, manifests);
        });
      expect({ from: workload.name, unreachable }).toEqual({ from: workload.name, unreachable: [] });
    }
  });

  it('are not reached by the servers, nor the servers by each other where they do not belong together', () => {
    const gateway = called('gateway');
    const database = behind('mysql', manifests);
    for (const server of overlay.workloads.filter((one) => !ours.includes(one))) {
      expect(gateway && mayReach(server, gateway, 8080, manifests)).toBe(false);
      if (database) expect(mayReach(server, database, 3306, manifests)).toBe(false);
    }
  });

  it('share the work of groups where there is Kafka, and nowhere else', () => {
    const kafka = ours.filter((one) => overlay.run(one, secret).config.kafkaBrokers.length > 0).map((one) => one.name);
    expect(kafka).toEqual(called('group-consumer') ? ['gateway', 'group-consumer'] : []);
  });

  it('are asked whether they live by /healthz, and whether they serve by /readyz; servers are asked both too', () => {
    for (const { name: of, container, manifest } of overlay.workloads.filter((one) => one.manifest.kind !== 'Job')) {
      expect([of, Boolean(container.livenessProbe && container.readinessProbe)]).toEqual([of, true]);
      if (!services.some((one) => one.manifest === manifest)) continue;
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
      expect(probes.map((probe) => probe?.httpGet?.path)).toEqual(['/healthz', '/healthz', '/readyz']);
    }
  });

  it('leave only when another is ready, and have the time to hand their connections over', () => {
    for (const workload of services) {
      const { rollingUpdate } = (workload.manifest as Deployment).spec?.strategy ?? {};
      expect(rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
      const { shutdownGraceMs, drainMs } = overlay.run(workload, secret).config;
      const pause = Number(workload.container.lifecycle?.preStop?.exec?.command?.[1] ?? 0);
      expect(pause > 0).toBe(workload.name === 'gateway');
      expect(drainMs).toBeLessThan(shutdownGraceMs);
      expect(workload.pod.terminationGracePeriodSeconds).toBeGreaterThan(pause + shutdownGraceMs / 1000);
    }
  });

  it('are routed to by every path that is for users, and by no other', () => {
    const routed = (path: string) =>
      paths.some(({ pathType, path: prefix = '' }) => path === prefix || (pathType === 'Prefix' && path.startsWith(`${prefix}/`)));
    const pages = ['/', '/ws', '/app', '/ui', '/healthz', '/api/docs', '/api/asyncapi'];
    expect([...pages, ...Object.values(routes).map(({ path }) => path)].filter((path) => !routed(path))).toEqual([]);
    expect(['/metrics', '/readyz', '/ws/', '/anything'].filter(routed)).toEqual([]);
    const [service] = overlay.ofKind<Service>('Service').filter(({ metadata }) => metadata?.name === 'gateway');
    const ports = service?.spec?.ports?.map((port) => port.name) ?? [];
    expect(paths.every(({ backend }) => backend.service?.name === 'gateway' && ports.includes(backend.service.port?.name))).toBe(true);
  });

  it('keep sockets through the Ingress that are silent between two pings, by the host that has the certificate', () => {
    for (const patience of ['proxy-read-timeout', 'proxy-send-timeout'])
      expect(Number(way('/ws')?.asked(patience)) * 1000).toBeGreaterThan(2 * defaultConfig().heartbeatMs);
    for (const { certified, hosts } of ingresses) expect(certified).toEqual(hosts);
    expect(new Set(ingresses.flatMap(({ hosts }) => hosts)).size).toBe(1);
  });

  it('are sent files as large as they take, which the Ingress does not lay on a disk, and nothing else that large', () => {
    const bytes = (ingress: (typeof ingresses)[number]) => {
      const [, count, unit] = /^(\d+)(m)$/.exec(ingress.asked('proxy-body-size') ?? '') ?? [];
      return Number(count) * (unit === 'm' ? 1024 ** 2 : NaN);
    };
    const { maxBodyBytes, files } = defaultConfig();
    const large = ingresses.filter((ingress) => bytes(ingress) > 2 ** 20);
    expect(large.flatMap((ingress) => ingress.paths.map(({ path }) => path))).toEqual(['/api/files', '/files']);
    for (const ingress of large) {
      expect(bytes(ingress)).toBeGreaterThan(files.maxBytes);
      expect([ingress.asked('proxy-request-buffering'), ingress.asked('proxy-max-temp-file-size')]).toEqual(['off', '0']);
    }
    for (const ingress of ingresses) expect(bytes(ingress)).toBeGreaterThan(maxBodyBytes);
  });

  it('keep files where all of them find them, and may go there', () => {
    const { objectStorage } = overlay.run(called('gateway') as Workload, secret).config;
    expect(objectStorage.bucket).not.toBe('');
    const ports = policiesOf(manifests)
      .filter(({ podSelector }) => selects(podSelector, called('gateway')?.labels ?? {}))
      .flatMap(({ egress = [] }) => egress.filter(({ to }) => to?.some(({ ipBlock }) => ipBlock)).flatMap((rule) => rule.ports ?? []));
    expect(ports.map(({ port }) => port)).toContain(Number(new URL(objectStorage.endpoint).port || 443));
  });
});
