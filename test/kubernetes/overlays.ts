import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigMap } from 'kubernetes-types/core/v1';
import { loadConfig } from '@app/config';
import { type Manifest, manifestsIn, render } from './kustomize';
import { type Workload, environmentOf, workloadsOf } from './pods';

/** Where the manifests are. */
export const k8s = join(__dirname, '../../k8s');

/** The names of the overlays. */
export const overlayNames = readdirSync(join(k8s, 'overlays'));

/** What a process would run with, and what it would say about that. */
export type Running = ReturnType<typeof loadConfig>;

/** An overlay with all that is applied. */
export class Overlay {
  readonly folder: string;
  readonly manifests: readonly Manifest[];
  /** The templates of the Secrets that its reader is told to make. */
  readonly secrets: readonly Manifest[];
  readonly workloads: readonly Workload[];

  constructor(name: string) {
    this.folder = join(k8s, 'overlays', name);
    const own = join(this.folder, 'secrets.example.yml');
    this.manifests = render(this.folder);
    this.secrets = manifestsIn(existsSync(own) ? own : join(k8s, 'secrets.example.yml'));
    this.workloads = workloadsOf(this.manifests);
  }

  /** The workloads that run our image. */
  get ours(): Workload[] {
    return this.workloads.filter(({ labels }) => labels['app.kubernetes.io/name'] === 'parley');
  }

  /** Those of them that go on and on. */
  get services(): Workload[] {
    return this.ours.filter(({ manifest }) => manifest.kind === 'Deployment');
  }

  /** All objects of a kind; what they look like has been checked by their types. */
  ofKind<T>(kind: string): T[] {
    return this.manifests.filter((one) => one.kind === kind) as unknown as T[];
  }

  /** The files in a ConfigMap; undefined where there is none of that name. */
  filesIn(configMap: string | undefined): Record<string, string> | undefined {
    return this.ofKind<ConfigMap>('ConfigMap').find(({ metadata }) => metadata?.name === configMap)?.data;
  }

  /** Loads the configuration of a container of ours, every RANDOM replaced by `secret`. */
  run({ container, pod }: Workload, secret: string): Running {
    const folder = mkdtempSync(join(tmpdir(), 'parley-k8s-'));
    const secrets = JSON.parse(JSON.stringify(this.secrets).replaceAll('RANDOM', secret)) as Manifest[];
    try {
      const mounted = this.filesIn(pod.volumes?.find(({ configMap }) => configMap)?.configMap?.name);
      if (mounted) writeFileSync(join(folder, 'config.yml'), mounted['config.yml'] ?? '');
      return loadConfig({ env: environmentOf(container, secrets), cwd: folder });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
