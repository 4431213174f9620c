import { isMap, isScalar } from 'yaml';
import type { didYouMean } from '../mistakes/suggest.ts';
import type { Finding } from './finding.ts';
import { offsetOf, scalarAt, type YamlDocument } from './locate.ts';
import { apiVersion, patchKind, schemaTitle } from './schema.ts';

/** A document that is no manifest of ours: nothing in it, a configuration, written by this program, or foreign. */
interface Header {
  readonly kind: 'empty' | 'config' | 'written' | 'foreign';
  readonly findings: readonly Finding[];
}

/** What can be told of a document before its variables are filled in; undefined when it is a manifest of ours. */
export function readHeader(document: YamlDocument): Header | undefined {
  const { contents } = document;
  const version = scalarAt(contents, 'apiVersion');
  if (version === apiVersion) {
    return scalarAt(contents, 'kind') === 'Config' ? { kind: 'config', findings: [] } : undefined;
  }
  if (contents === null || (isScalar(contents) && contents.value === null)) return { kind: 'empty', findings: [] };
  if (version === undefined && isWritten(contents)) return { kind: 'written', findings: [] };
  return { kind: 'foreign', findings: [foreignFinding(document, version)] };
}

/** What `schema` prints and `plan --out` writes, or any other document of this program's output. */
function isWritten(contents: unknown): boolean {
  if (scalarAt(contents, 'title') === schemaTitle) return true;
  const properties = isMap(contents) ? contents.get('properties') : undefined;
  const constants = ['apiVersion', 'format'].map((member) =>
    isMap(properties) ? scalarAt(properties.get(member), 'const') : undefined,
  );
  return [scalarAt(contents, 'format'), ...constants].some((word) => /^vonage-gitops[./]/.test(String(word)));
}

function foreignFinding(document: YamlDocument, version: unknown): Finding {
  const at = version === undefined ? 'missing' : 'value';
  const offset = offsetOf(document, ['apiVersion'], at);
  if (typeof version === 'string' && version.startsWith('vonage-gitops/')) {
    const message = `this version of the program supports only "${apiVersion}"`;
    return { severity: 'error', offset, path: ['apiVersion'], message };
  }
  const kind = scalarAt(document.contents, 'kind');
  if (version === undefined && (kind === 'Application' || kind === patchKind)) {
    return { severity: 'error', offset, path: ['apiVersion'], message: `missing: expected "${apiVersion}"` };
  }
  const message = (suggest: typeof didYouMean): string => {
    const near = typeof version === 'string' ? suggest(version, [apiVersion]) : '';
    return `not a manifest: expected apiVersion "${apiVersion}"${near}. If this file is not a manifest, exclude it with the exclude globs in the configuration`;
  };
  return { severity: 'error', offset, path: ['apiVersion'], message };
}
