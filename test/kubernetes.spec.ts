import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';
import type { Service } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { parseAllDocuments } from 'yaml';
import { type Manifest, filesOf } from './kubernetes/kustomize';
import { typeErrors } from './kubernetes/manifest-types';
import { Overlay, k8s, overlayNames } from './kubernetes/overlays';
import { environmentOf, policiesOf, portOf, selects } from './kubernetes/pods';

const thereIsKubectl = ((): boolean => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const kubeconfig = process.env.TEST_KUBECONFIG;
/** What our processes take from the Secret that they are given whole. */
const taken = ['JWT_SECRET', 'OBJECT_STORAGE_ACCESS_KEY_ID', 'OBJECT_STORAGE_SECRET_ACCESS_KEY'];
const hash = /(name: [a-z-]+)-[2456789bcdfghkmt]{10}$/gm;

it('every file belongs to an overlay', () => {
  const used = new Set(overlayNames.flatMap((name) => filesOf(join(k8s, 'overlays', name))));
  const there = readdirSync(k8s, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/README\.md$|secrets\.example\.yml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  expect(there.filter((path) => !used.has(path))).toEqual([]);
});

it('the guide names every overlay and component', () => {
  const guide = readFileSync(join(k8s, 'README.md'), 'utf8');
  const names = [...overlayNames.map((name) => `overlays/${name}`), ...readdirSync(join(k8s, 'components'))];
  expect(names.filter((name) => !guide.includes(`${name}\``))).toEqual([]);
});

describe.each(overlayNames)('the overlay %s', (name) => {
  const overlay = new Overlay(name);
  const { manifests, workloads, secrets } = overlay;
  const namesOf = (list: readonly { readonly name: string }[]) => list.map((one) => one.name);
  const selectedBy = (selector: Parameters<typeof selects>[0] = {}) => workloads.filter(({ labels }) => selects(selector, labels));

  (thereIsKubectl ? it : it.skip)('is what kubectl kustomize makes of it (skipped where there is no kubectl)', () => {
    const theirs = execFileSync('kubectl', ['kustomize', overlay.folder], { encoding: 'utf8' }).replaceAll(hash, '$1');
    const byName = (list: readonly Manifest[]) => Object.fromEntries(list.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
    expect(byName(manifests)).toEqual(byName(parseAllDocuments(theirs).map((document) => document.toJS() as Manifest)));
  });

  it('has the fields that Kubernetes knows, with values of their types', () => {
    expect(typeErrors([...manifests, ...secrets])).toEqual([]);
  });

  it('gives every object a name of its own, all in one namespace', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
    const [namespace] = overlay.ofKind<Manifest>('Namespace');
    const placed = [...manifests, ...secrets].filter(({ kind }) => kind !== 'Namespace');
    expect([...new Set(placed.map(({ metadata }) => metadata.namespace))]).toEqual([namespace?.metadata.name]);
  });

  it('selects by labels that the right pods have, and only those', () => {
    for (const workload of workloads) {
      const { selector } = workload.manifest.spec as { selector?: Parameters<typeof selects>[0] };
      if (workload.manifest.kind !== 'Job') expect(namesOf(selectedBy(selector))).toEqual([workload.name]);
      for (const { labelSelector } of workload.pod.topologySpreadConstraints ?? []) {
        expect(namesOf(selectedBy(labelSelector))).toEqual([workload.name]);
      }
    }
    for (const { metadata, spec } of overlay.ofKind<Service>('Service')) {
      // A second Service of the same pods is called after the first.
      const expected = metadata?.name?.replace(/-peer$/, '');
      expect(namesOf(selectedBy({ matchLabels: spec?.selector ?? {} }))).toEqual([expected]);
    }
    for (const { metadata, spec } of overlay.ofKind<PodDisruptionBudget>('PodDisruptionBudget')) {
      expect(namesOf(selectedBy(spec?.selector))).toEqual([metadata?.name]);
    }
  });

  it('names the objects that it means', () => {
    for (const { metadata, spec } of overlay.ofKind<StatefulSet>('StatefulSet')) {
      const service = overlay.ofKind<Service>('Service').find((one) => one.metadata?.name === spec?.serviceName);
      expect(service?.spec?.clusterIP).toBe('None');
      expect(namesOf(selectedBy({ matchLabels: service?.spec?.selector ?? {} }))).toEqual([metadata?.name]);
    }
    for (const { spec } of overlay.ofKind<HorizontalPodAutoscaler>('HorizontalPodAutoscaler')) {
      const { apiVersion, kind, name: target } = spec?.scaleTargetRef ?? {};
      const scaled = manifests.find((one) => one.kind === kind && one.apiVersion === apiVersion && one.metadata.name === target);
      // Who applies the manifests again must not undo what the autoscaler did.
      expect(Object.keys(scaled?.spec as object)).not.toContain('replicas');
    }
  });

  it('names ports that the containers have', () => {
    const missing: string[] = [];
    for (const { metadata, spec } of overlay.ofKind<Service>('Service')) {
      for (const { container } of selectedBy({ matchLabels: spec?.selector ?? {} })) {
        const ports = spec?.ports?.filter(({ targetPort }) => portOf(container, targetPort) === undefined) ?? [];
        missing.push(...ports.map(({ targetPort }) => `Service ${metadata?.name}: ${targetPort}`));
      }
    }
    for (const { name: of, container } of workloads) {
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
      const ports = probes.flatMap((probe) => probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? []);
      missing.push(...ports.filter((port) => portOf(container, port) === undefined).map((port) => `probe of ${of}: ${port}`));
    }
    expect(missing).toEqual([]);
  });

  it('mounts the volumes that there are, all of them, and starts scripts that are in them', () => {
    for (const { name: of, pod, container, manifest } of workloads) {
      const claims = (manifest as StatefulSet).spec?.volumeClaimTemplates ?? [];
      const volumes = [...namesOf(pod.volumes ?? []), ...claims.map(({ metadata }) => metadata?.name)];
      expect([of, ...namesOf(container.volumeMounts ?? []).sort()]).toEqual([of, ...volumes.sort()]);
      const configMaps = (pod.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []);
      expect(configMaps.filter((one) => overlay.filesIn(one) === undefined)).toEqual([]);
      const [, folder, file] = /(\/\w+)\/([\w-]+\.sh)$/.exec(container.command?.at(-1) ?? '') ?? [];
      const mount = container.volumeMounts?.find(({ mountPath }) => mountPath === folder);
      const volume = pod.volumes?.find((one) => one.name === mount?.name);
      if (file !== undefined) expect(Object.keys(overlay.filesIn(volume?.configMap?.name) ?? {})).toContain(file);
    }
  });

  it('reads what the templates of the Secrets have, and all of it', () => {
    const read = workloads.flatMap(({ container: { env = [], envFrom = [] } }) => [
      ...env.flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef ? [`${valueFrom.secretKeyRef.name} ${valueFrom.secretKeyRef.key}`] : [])),
      ...envFrom.flatMap(({ secretRef }) => taken.map((key) => `${secretRef?.name} ${key}`)),
    ]);
    for (const { container } of workloads) expect(() => environmentOf(container, secrets)).not.toThrow();
    const given = secrets.flatMap(({ metadata, stringData }) => Object.keys(stringData as object).map((key) => `${metadata.name} ${key}`));
    const unread = given.filter((one) => !read.includes(one));
    expect(unread).toEqual(name === 'managed' ? ['parley DATABASE_URL', 'parley REDIS_URL'] : []);
  });

  it('lets nobody speak but by a policy', () => {
    const all = policiesOf(manifests).filter(({ podSelector }) => Object.keys(podSelector).length === 0);
    expect(all).toContainEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    // The only thing that everybody may ask is the cluster's DNS.
    const asked = all.flatMap(({ ingress = [], egress = [] }) => [...ingress, ...egress].flatMap(({ ports = [] }) => ports));
    expect(asked).toEqual([
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ]);
  });

  it('has policies for pods and ports that there are', () => {
    for (const { podSelector, policyTypes, ingress = [], egress = [] } of policiesOf(manifests)) {
      const subjects = selectedBy(podSelector);
      expect([podSelector, subjects.length]).not.toEqual([podSelector, 0]);
      for (const [way, rules] of Object.entries({ Ingress: ingress, Egress: egress })) {
        if (rules.length > 0) expect(policyTypes).toContain(way);
      }
      const rules = [
        ...ingress.map(({ from = [], ports = [] }) => ({ peers: from, ports, inward: true })),
        ...egress.map(({ to = [], ports = [] }) => ({ peers: to, ports, inward: false })),
      ];
      for (const { peers, ports, inward } of rules) {
        const inside = peers.flatMap((peer) => (peer.podSelector && !peer.namespaceSelector ? [peer.podSelector] : []));
        for (const selector of inside) expect([selector, selectedBy(selector).length]).not.toEqual([selector, 0]);
        const spokenTo = inward ? subjects : inside.flatMap(selectedBy);
        if (!inward && inside.length === 0) continue;
        expect(ports.filter(({ port }) => !spokenTo.some(({ container }) => portOf(container, port) !== undefined))).toEqual([]);
      }
    }
  });

  it('gives every container as little as it needs, and names the version that it runs', () => {
    for (const { name: of, pod, container } of workloads) {
      expect({ of, ...pod }).toMatchObject({
        of,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect({ of, ...container }).toMatchObject({
        of,
        image: expect.stringMatching(/:(?!latest$)[\w.-]+$/) as string,
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        resources: { requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string } },
      });
      expect(Object.keys(container.resources?.limits ?? {})).toEqual(['memory']);
    }
  });

  (kubeconfig ? it : it.skip)('is accepted by the cluster of TEST_KUBECONFIG, in a dry run (skipped where that is not set)', () => {
    // In a namespace that is there: a dry run makes none.
    const applied = [...manifests, ...secrets].filter(({ kind }) => kind !== 'Namespace');
    const items = applied.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: 'default' } }));
    const command = ['--kubeconfig', kubeconfig ?? '', 'apply', '--dry-run=server', '-f', '-'];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    expect(execFileSync('kubectl', command, { input, encoding: 'utf8' }).trim().split('\n')).toHaveLength(items.length);
  });
});
