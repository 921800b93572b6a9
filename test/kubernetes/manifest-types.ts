import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './kustomize';

const groups: Readonly<Record<string, string>> = { v1: 'core/v1', 'networking.k8s.io/v1': 'networking/v1' };

/**
 * What the compiler says of manifests that are written down as values of Kubernetes' own types: unknown, misspelt and missing fields,
 * and values of the wrong type. A line for each.
 */
export function typeErrors(manifests: readonly Manifest[]): string[] {
  const file = join(__dirname, 'rendered.ts');
  const text = manifests
    .map((manifest, i) => {
      const { apiVersion, kind } = manifest;
      const from = `kubernetes-types/${groups[apiVersion] ?? apiVersion}`;
      return `export const m${i}: import('${from}').${kind} = ${JSON.stringify(manifest, undefined, 1)};`;
    })
    .join('\n');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es5.d.ts'],
  };
  const host = ts.createCompilerHost(options);
  const onDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) => (name === file ? ts.createSourceFile(name, text, version) : onDisk(name, version));
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ start = 0, messageText }) => {
    const before = text.slice(0, start).split('\n');
    const of = manifests[before.filter((line) => line.startsWith('export const')).length - 1];
    const line = text.split('\n')[before.length - 1]?.trim();
    return `${of?.kind} ${of?.metadata.name}: ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
