import type { Context } from 'hono';
import { parseJson } from '../core/json.ts';
import { schemaWords } from '../core/schema-words.ts';
import type { z } from '../core/zod.ts';
import { HttpRefusal } from './responses.ts';

/** The body of a request. @throws {HttpRefusal} for one that is not what the route takes */
export async function bodyOf<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  const text = await c.req.text();
  const json = text === '' ? {} : parseJson(text);
  if (json === undefined) throw new HttpRefusal(400, 'BODY_INVALID', 'the body is not valid JSON');
  const parsed = schema.safeParse(json, { error: schemaWords });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new HttpRefusal(400, 'BODY_INVALID', problems.join('; '));
}
