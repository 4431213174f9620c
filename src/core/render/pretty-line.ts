import { isJsonObject, type JsonObject, omitMembers, parseJson } from '../json.ts';
import { type Paint, paintWith } from './paint.ts';

const styles: Readonly<Record<string, Parameters<Paint>[0]>> = {
  debug: 'adopt',
  info: 'create',
  warn: 'update',
  error: 'delete',
  fatal: 'alarm',
};

/**
 * A line of the structured log as people read it on a terminal: the time of day (UTC), the level, the message, then its fields as JSON.
 * The stack of an error follows in lines of its own. What is not such a line stays as it is. Pure.
 */
export function prettyLine(line: string, color: boolean): string {
  const logged = parseJson(line);
  if (!isJsonObject(logged)) return line;
  const paint = paintWith(color);
  const { time, level, msg } = logged;
  const stacks = stacksOf(logged['err']);
  const fields = withoutStack(omitMembers(logged, ['time', 'level', 'msg']));
  const head = `[${String(time).slice(11, 19)}] ${paint(styles[String(level)] ?? 'strong', String(level).toUpperCase())}: ${msg}`;
  const tail = Object.keys(fields).length === 0 ? '' : ` ${paint('faint', JSON.stringify(fields))}`;
  return `${[head + tail, ...stacks].join('\n')}\n`;
}

/** Lines of the stack of an error, and of the stacks of what caused it. */
function stacksOf(error: JsonObject[string] | undefined): readonly string[] {
  if (!isJsonObject(error)) return [];
  const { stack, cause } = error;
  const lines = typeof stack === 'string' ? stack.split('\n').map((line) => `    ${line}`) : [];
  return [...lines, ...stacksOf(cause)];
}

function withoutStack(fields: JsonObject): JsonObject {
  const bare = omitMembers(fields, ['stack']);
  const inner = ['err', 'cause'].flatMap((name) => {
    const error = bare[name];
    return isJsonObject(error) ? [[name, withoutStack(error)]] : [];
  });
  return { ...bare, ...Object.fromEntries(inner) };
}
