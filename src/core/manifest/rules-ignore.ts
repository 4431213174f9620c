import { isWithin, type Pointer, pointerOf, pointerTokens } from '../pointer.ts';
import { shownTextBy } from '../redact/scrubber.ts';
import { errorAt, type Message, type PathFinding } from './finding.ts';
import type { ManifestOptions } from './options.ts';
import { membersAt, type Path } from './schema.ts';

const concealedMessage =
  'its value from the environment (not shown) is not a JSON pointer to a field that can be ignored, such as /capabilities/voice/region';

const needed: readonly Pointer[] = ['/name', '/id', '/keys'];

/** What is wrong with an `ignore` pointer; undefined when it names a member that can be left alone. */
function ignoreProblem(
  pointer: string,
  passthroughCapabilities: readonly string[],
  secrets: readonly string[],
): Message | undefined {
  if (!pointer.startsWith('/'))
    return 'expected a JSON pointer that begins with "/", such as /capabilities/voice/region';
  if (/~(?![01])/.test(pointer)) return 'in a JSON pointer, "~" is written "~0" and "/" inside a name "~1"';
  const kept = needed.find((ancestor) => isWithin(pointer, ancestor));
  if (kept !== undefined) return `${kept} cannot be ignored: it identifies the application`;
  const passed = passthroughCapabilities.some((name) => isWithin(pointer, pointerOf(['capabilities', name])));
  return passed ? undefined : unknownStep(pointerTokens(pointer), secrets);
}

function unknownStep(tokens: readonly string[], secrets: readonly string[]): Message | undefined {
  for (const [index, token] of tokens.entries()) {
    const parent: Path = ['spec', ...tokens.slice(0, index)];
    const allowed = membersAt(parent);
    if (allowed.includes(token)) continue;
    const show = shownTextBy(secrets);
    if (index === 0 && token === 'spec') return 'pointers begin below spec, such as /capabilities/voice/region';
    const where = index === 0 ? 'spec' : show(pointerOf(tokens.slice(0, index)));
    const name = show(JSON.stringify(token.slice(0, 80)));
    return (suggest) => `${where} has no field ${name}${suggest(token, allowed)}`;
  }
  return undefined;
}

/** The pointer with timeouts in the one spelling that manifests and live applications are compared in. */
export function normalPointer(pointer: Pointer): Pointer {
  return pointer.replace(/^(\/capabilities\/[^/]+\/webhooks\/[^/]+\/)connection_timeout$/, '$1connect_timeout');
}

/** Checks every `ignore` pointer of a manifest. Of one that comes from the environment no message tells more than that it is wrong. */
export function checkIgnore(
  pointers: readonly string[],
  isConcealed: (index: number) => boolean,
  { passthroughCapabilities, secrets }: Pick<ManifestOptions, 'passthroughCapabilities' | 'secrets'>,
): readonly PathFinding[] {
  return pointers.flatMap((pointer, index) => {
    // An empty text is the schema's to report.
    const message = pointer === '' ? undefined : ignoreProblem(pointer, passthroughCapabilities, secrets);
    if (message === undefined) return [];
    return errorAt(['metadata', 'ignore', index], isConcealed(index) ? concealedMessage : message);
  });
}
