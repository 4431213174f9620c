import { Document } from 'yaml';
import type { Json } from '../json.ts';
import { documentText } from './document-text.ts';

/** A value as YAML text with a newline at the end, safe to print. */
export function yamlText(value: Json): string {
  return documentText(new Document(value, { aliasDuplicateObjects: false }));
}
