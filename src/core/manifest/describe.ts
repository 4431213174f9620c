import type { Place, Problem } from '../problem.ts';
import { shownText } from './conceal.ts';
import type { Finding } from './finding.ts';
import { codeFrame, shownLines } from './frame.ts';
import { hiddenRanges, type YamlDocument } from './locate.ts';
import type { Path } from './schema.ts';

/** A file and what was found in it. */
export interface DescribedFile {
  readonly text: string;
  readonly documents: readonly YamlDocument[];
  readonly findings: readonly Finding[];
  readonly placeOf: (offset: number) => Place;
  readonly secrets: readonly string[];
}

/** Most tokens told of a path: only hostile ones are longer. */
const maxTokens = 12;

/** Findings as problems with place and code frame, in the order of the file. Nothing secret is in them. */
export function describeFindings(file: DescribedFile): readonly Problem[] {
  if (file.findings.length === 0) return [];
  const lines = shownLines(file.text, file.documents.flatMap(hiddenRanges));
  return [...file.findings]
    .sort((one, other) => one.offset - other.offset)
    .map(({ severity, offset, path, message }) => {
      const place = file.placeOf(offset);
      const frame = codeFrame(lines, place, file.secrets);
      return { severity, place, path: pathText(path, file.secrets), message: shownText(message, file.secrets), frame };
    });
}

function pathText(path: Path, secrets: readonly string[]): string {
  const tokens = path.length > maxTokens ? [...path.slice(0, maxTokens), '...'] : path;
  return tokens
    .map((token) =>
      /^([\w$-]{1,80}|\.\.\.)$/.test(String(token)) ? token : JSON.stringify(String(token).slice(0, 80)),
    )
    .map((token) => shownText(String(token), secrets))
    .join('.');
}
