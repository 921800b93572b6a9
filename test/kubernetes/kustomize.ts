import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** A Kubernetes object, as far as every one of them goes. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** What a `kustomization.yaml` may say here. */
interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly patches?: readonly { readonly path: string; readonly target: { readonly kind: string; readonly labelSelector: string } }[];
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
  readonly namespace?: string;
}

/** The one operation of the patches. */
interface Addition {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

const known = ['apiVersion', 'kind', 'resources', 'components', 'configMapGenerator', 'patches', 'images', 'namespace'];

/**
 * What `kubectl kustomize` makes of a folder, so far as our folders need it: the names of generated ConfigMaps get no hash. Throws at
 * whatever else a kustomization asks for, and at a patch that finds nothing.
 */
export function render(folder: string): Manifest[] {
  return build(folder, []);
}

/** Every file that the rendering of a folder reads, with the kustomizations themselves. */
export function filesOf(folder: string): string[] {
  const { resources = [], components = [], configMapGenerator = [], patches = [] } = read(folder);
  const own = [...patches.map(({ path }) => path), ...configMapGenerator.flatMap(({ files }) => files), 'kustomization.yaml'];
  return [
    ...own.map((file) => join(folder, file)),
    ...[...resources, ...components].flatMap((name) => (isFile(name) ? [join(folder, name)] : filesOf(join(folder, name)))),
  ];
}

/** A component goes on with what its parent has so far. */
function build(folder: string, before: readonly Manifest[]): Manifest[] {
  const { resources = [], components = [], configMapGenerator = [], patches = [], images = [], namespace } = read(folder);
  let all = [...before];
  for (const name of resources) all.push(...(isFile(name) ? manifestsIn(join(folder, name)) : build(join(folder, name), [])));
  for (const { name, files } of configMapGenerator) {
    const data = Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
    all.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  }
  for (const name of components) all = build(join(folder, name), all);
  for (const { path, target } of patches) {
    const [key, value] = target.labelSelector.split('=');
    const found = all.filter(
      ({ kind, metadata }) => target.kind.split('|').includes(kind) && key !== undefined && metadata.labels?.[key] === value,
    );
    if (found.length === 0) throw new Error(`${join(folder, path)} patches nothing`);
    for (const manifest of found) patch(manifest, parse(readFileSync(join(folder, path), 'utf8')) as Addition[]);
  }
  for (const { name, newName, newTag } of images) setImage(all, name, `${newName}:${newTag}`);
  if (namespace !== undefined) all.forEach((manifest) => place(manifest, namespace));
  return all;
}

function read(folder: string): Kustomization {
  const kustomization = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${folder}: this renderer does not know ${unknown.join(', ')}`);
  return kustomization;
}

const isFile = (name: string): boolean => name.endsWith('.yml');

/** The objects in a file. */
export function manifestsIn(path: string): Manifest[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors[0]) throw new Error(`${path}: ${document.errors[0].message}`);
    // Aliases become copies, which a patch of one does not change in the others.
    return JSON.parse(JSON.stringify(document.toJS())) as Manifest;
  });
}

function patch(manifest: Manifest, additions: readonly Addition[]): void {
  for (const { op, path, value } of additions) {
    const steps = path.split('/').slice(1);
    if (op !== 'add' || steps.pop() !== '-') throw new Error(`this renderer does not know how to ${op} at ${path}`);
    const list = steps.reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], manifest);
    (list as unknown[]).push(value);
  }
}

function setImage(node: unknown, name: string, image: string): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'image' && value === name) (node as Record<string, unknown>)[key] = image;
    else setImage(value, name, image);
  }
}

function place(manifest: Manifest, namespace: string): void {
  if (manifest.kind === 'Namespace') manifest.metadata.name = namespace;
  else manifest.metadata.namespace = namespace;
}
