import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { Container, PodSpec, PodTemplateSpec, Secret, Service } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import type { Manifest } from './kustomize';

/** What makes pods: a Deployment, a StatefulSet or a Job. */
export interface Workload {
  readonly manifest: Manifest;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: PodSpec;
  readonly container: Container;
}

const makesPods = ['Deployment', 'StatefulSet', 'Job'];

/** The workloads among rendered objects. Each has one container. */
export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => makesPods.includes(kind))
    .map((manifest) => {
      const { template } = manifest.spec as { template: PodTemplateSpec };
      const { containers = [] } = template.spec ?? {};
      const [container] = containers;
      if (!template.spec || !container || containers.length > 1) throw new Error(`${manifest.metadata.name} has not one container`);
      return { manifest, name: manifest.metadata.name, labels: template.metadata?.labels ?? {}, pod: template.spec, container };
    });
}

/** Whether labels are what a selector asks for. An empty selector takes everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`nobody here knows the operator ${operator}`);
      return values.includes(labels[key] ?? '');
    })
  );
}

/** The number of a port that a container names or numbers; undefined where it has no such port. */
export function portOf({ ports = [] }: Container, port: number | string | undefined): number | undefined {
  return ports.find(({ name, containerPort }) => name === port || containerPort === port)?.containerPort;
}

/** The workload behind a name in the cluster's DNS, `service` or `pod.service`; undefined where nothing answers. */
export function behind(host: string, manifests: readonly Manifest[]): Workload | undefined {
  const [first = '', second] = host.split('.');
  const service = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === (second ?? first));
  const { selector = {} } = ((service as Service | undefined)?.spec ?? {}) as { selector?: Record<string, string> };
  const workload = service && workloadsOf(manifests).find(({ labels }) => selects({ matchLabels: selector }, labels));
  if (second === undefined || !workload) return workload;
  const { serviceName, replicas = 1 } = (workload.manifest as StatefulSet).spec ?? { serviceName: '' };
  const ordinal = /^(.+)-(\d+)$/.exec(first);
  return serviceName === second && ordinal?.[1] === workload.name && Number(ordinal[2]) < replicas ? workload : undefined;
}

/** Whether the policies let a workload reach a port of another one. */
export function mayReach(from: Workload, to: Workload, port: number, manifests: readonly Manifest[]): boolean {
  const reaches = (peers: readonly NetworkPolicyPeer[] = [], ports: readonly NetworkPolicyPort[] = [], peer: Workload) =>
    peers.some(({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector && selects(podSelector, peer.labels)) &&
    (ports.length === 0 || ports.some((one) => portOf(to.container, one.port) === port));
  const policies = policiesOf(manifests);
  const leaves = policies.some(
    ({ podSelector, egress = [] }) => selects(podSelector, from.labels) && egress.some((rule) => reaches(rule.to, rule.ports, to)),
  );
  const enters = policies.some(
    ({ podSelector, ingress = [] }) => selects(podSelector, to.labels) && ingress.some((rule) => reaches(rule.from, rule.ports, from)),
  );
  return leaves && enters;
}

/** The specifications of all NetworkPolicies. */
export function policiesOf(manifests: readonly Manifest[]): NonNullable<NetworkPolicy['spec']>[] {
  return manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec as NonNullable<NetworkPolicy['spec']>);
}

/** The environment of a container, with the values of the given Secrets. Throws where it names one that is not there. */
export function environmentOf({ env = [], envFrom = [] }: Container, secrets: readonly Manifest[]): Record<string, string> {
  const secretOf = (name = '') => {
    const secret = secrets.find(({ metadata }) => metadata.name === name) as Secret | undefined;
    if (!secret) throw new Error(`there is no Secret ${name}`);
    return secret.stringData ?? {};
  };
  const values: Record<string, string> = Object.assign({}, ...envFrom.map(({ secretRef }) => secretOf(secretRef?.name))) as typeof values;
  for (const { name, value, valueFrom } of env) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {};
    const plain = secretKeyRef ? secretOf(secretKeyRef.name)[secretKeyRef.key] : fieldRef ? `<${fieldRef.fieldPath}>` : value;
    if (plain === undefined) throw new Error(`${name} has no value`);
    // As in the cluster: only what stands above is known, and what is not known stays as it is.
    values[name] = plain.replaceAll(/\$\((\w+)\)/g, (whole, other: string) => values[other] ?? whole);
  }
  return values;
}
