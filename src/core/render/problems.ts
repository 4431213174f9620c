import { withFiles } from '../limit-problems.ts';
import { plural } from '../plural.ts';
import { countProblems, formatPlace, type Problem } from '../problem.ts';
import { jsonText, visible } from './visible.ts';

/** The formats in which problems are shown. */
export type ProblemFormat = 'text' | 'json' | 'github';

/** Where problems are shown, and what beside them. */
interface ProblemsView {
  /** Put in front of each file: the manifests' root as seen from where the reader stands, so that `file:line:column` can be opened. */
  readonly directory?: string;
  /** Accounts whose manifests could not be read at all: nothing is known of their problems. */
  readonly unread?: readonly string[];
}

/**
 * Problems for people (`text`), programs (`json`) or as annotations of a GitHub workflow (`github`).
 */
export function renderProblems(
  problems: readonly Problem[],
  format: ProblemFormat,
  { directory = '', unread = [] }: ProblemsView = {},
): string {
  const located = problems.map((problem) => withFiles(problem, (file) => inDirectory(directory, file)));
  switch (format) {
    case 'text':
      return renderText(located, unread);
    case 'json':
      return renderJson(located, unread);
    case 'github':
      return located.map((problem) => `${annotation(problem)}\n`).join('');
  }
}

function inDirectory(directory: string, file: string): string {
  return directory === '' || directory === '.' ? file : `${directory.replace(/\/+$/, '')}/${file}`;
}

function renderText(problems: readonly Problem[], unread: readonly string[]): string {
  const blocks = problems.map((problem) => {
    const path = problem.path === '' ? '' : `${visible(problem.path)}: `;
    const line = `${visible(formatPlace(problem.place))}: ${problem.severity}: ${path}${visible(problem.message)}`;
    return problem.frame === undefined ? line : `${line}\n${frameLines(problem.frame)}`;
  });
  return `${[...blocks, summary(problems, unread)].join('\n\n')}\n`;
}

/** Tabs stay: the marker below the column was placed with them. */
function frameLines(frame: string): string {
  return frame
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `  ${line.split('\t').map(visible).join('\t')}`)
    .join('\n');
}

function summary(problems: readonly Problem[], unread: readonly string[]): string {
  const { errors, warnings } = countProblems(problems);
  const found = problems.length === 0 ? 'No problems' : `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  if (unread.length === 0) return `${found}.`;
  return `${found} in what could be read; not checked: ${unread.join(', ')}.`;
}

function renderJson(problems: readonly Problem[], unread: readonly string[]): string {
  const { errors, warnings } = countProblems(problems);
  const shown = problems.filter(({ left }) => left === undefined);
  const notShown = errors + warnings - shown.length;
  const document = {
    format: 'vonage-gitops.problems/1',
    valid: errors === 0 && unread.length === 0,
    errors,
    warnings,
    notShown,
    ...(unread.length === 0 ? {} : { unread }),
    problems: shown,
  };
  return jsonText(document);
}

/**
 * One workflow command. Escapes as the GitHub Actions toolkit does (actions/toolkit, packages/core/src/command.ts), once everything that a
 * terminal would act on is made visible: the log of the job shows the command as it is. Lines of a message stay lines.
 */
function annotation({ severity, place, path, message }: Problem): string {
  const properties = [
    `file=${escapeProperty(place.file)}`,
    `line=${place.line}`,
    `col=${place.column}`,
    `title=${escapeProperty(path === '' ? 'manifest' : path)}`,
  ];
  return `::${severity} ${properties.join(',')}::${escapeData(message.split(/\r?\n/).map(visible).join('\n'))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(visible(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
