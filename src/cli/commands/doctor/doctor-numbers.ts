import type { Application } from '../../../core/application/application.ts';
import { linkedTo } from '../../../core/in-use/linked-to.ts';
import { numbersText } from '../../../core/in-use/numbers-text.ts';
import { objectMember } from '../../../core/json.ts';
import { plural } from '../../../core/plural.ts';
import { quoted } from '../../../core/render/visible.ts';
import type { PlanPorts } from '../../../reconcile/ports.ts';
import { type Finding, finding } from './doctor-finding.ts';

/** Whether phone numbers can be looked up, and whether each is linked to an application that can take calls or messages. */
export async function numbersFindings(
  applications: readonly Application[],
  { numbers: reader }: PlanPorts,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (reader === undefined) return [];
  const reading = await reader.read(signal);
  if (reading.outcome === 'unknown')
    return [finding('warn', 'numbers', `linked numbers cannot be checked before deletes: ${reading.reason}`)];
  const silent = applications.flatMap(({ id, name, body }) => {
    const linked = linkedTo(reading.numbers, [id]);
    const capabilities = objectMember(body, 'capabilities');
    const isSilent = linked.length > 0 && !('voice' in capabilities || 'messages' in capabilities);
    return isSilent ? [`${quoted(name)} has ${numbersText(linked)}, and neither voice nor messages`] : [];
  });
  if (silent.length > 0) return silent.map((message) => finding('warn', 'numbers', message));
  const linked = reading.numbers.filter((number) => number.applications.length > 0);
  const counts = `${plural(reading.numbers.length, 'phone number')}, ${linked.length} linked to applications`;
  return [finding('ok', 'numbers', counts)];
}
