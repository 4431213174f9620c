import { type Document, Scalar, visit } from 'yaml';

const unseen = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * A YAML document as text with a newline at the end. What a terminal would act on or hide is escaped, so that printing it is safe and parsing it gives
 * the same value.
 */
export function documentText(document: Document): string {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && unseen.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 }).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapeInYaml);
}

/** In double quotes; the escapes of C0 controls are the library's. */
function escapeInYaml(character: string): string {
  const code = Number(character.codePointAt(0)).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}
