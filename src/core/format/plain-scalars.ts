import { Scalar, visit } from 'yaml';
import type { YamlDocument } from '../manifest/locate.ts';

/** Texts of YAML's earlier version that are no texts there: some editors and tools still read them so. */
const otherwiseRead =
  /^(y|n|yes|no|on|off|true|false|null|~|=|<<|[-+]?[\d._:,]+(e[-+]?\d+)?|0[xob][\da-f_]+|\d{4}-\d\d?-\d\d?.*)$/i;

/** Takes the quotes off texts that mean the same without: where they are needed, the printer of YAML puts them back. */
export function plainScalars(document: YamlDocument): void {
  visit(document, {
    Scalar: (_key, node) => {
      const { value, type } = node;
      const isQuoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
      if (isQuoted && typeof value === 'string' && !needsQuotes(value)) node.type = Scalar.PLAIN;
    },
  });
}

/** A placeholder alone is read anew where it is not quoted: its value could be a number. */
function needsQuotes(text: string): boolean {
  return text === '' || text.includes('${') || /[\n\r\t]/.test(text) || otherwiseRead.test(text);
}
