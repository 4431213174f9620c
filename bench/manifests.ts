import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Manifests of one directory of the generated tree: a directory with thousands of files is nobody's repository. */
const perDirectory = 100;

/** Writes that many manifests of about 2 KB below a directory, one in each file, replacing what is there. */
export function writeManifests(directory: string, count: number): void {
  rmSync(directory, { recursive: true, force: true });
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString().trimEnd().replaceAll('\n', '\n      ');
  for (let index = 0; index < count; index += 1) {
    const team = join(directory, `team-${Math.floor(index / perDirectory)}`);
    if (index % perDirectory === 0) mkdirSync(team, { recursive: true });
    writeFileSync(join(team, `application-${index}.yaml`), fullManifest(index, pem));
  }
}

/** A manifest with a key, four capabilities and the comments people write. */
function fullManifest(index: number, pem: string): string {
  const host = `https://application-${index}.example.com`;
  return `# The line customers call first. Owned by team-${Math.floor(index / perDirectory)}; ask in #telephony before you change it.
apiVersion: vonage-gitops/v1
kind: Application
metadata:
  name: Application ${String(index).padStart(5, '0')}
  labels: { team: team-${Math.floor(index / perDirectory)}, tier: production }
  deletionPolicy: protect # a deleted application takes its numbers with it
spec:
  privacy: { improve_ai: false }
  keys:
    # The private half is with the application that makes the calls.
    public_key: |
      ${pem}
  capabilities:
    voice:
      webhooks:
        answer_url:
          address: "${host}/voice/answer"
          http_method: POST
          connect_timeout: 500
          socket_timeout: 3000
        event_url:
          address: "${host}/voice/events"
          http_method: POST
        # Answers calls when the first address does not.
        fallback_answer_url:
          address: "https://fallback.example.com/voice/${index}"
          http_method: GET
      signed_callbacks: true
      conversations_ttl: 48
      leg_persistence_time: 14
      region: eu-west
    messages:
      version: v1
      authenticate_inbound_media: true
      webhooks:
        inbound_url: { address: "${host}/messages/inbound", http_method: POST }
        status_url: { address: "${host}/messages/status", http_method: POST }
    rtc:
      signed_callbacks: true
      webhooks:
        event_url: { address: "${host}/rtc/events", http_method: POST }
    verify:
      version: v2
      webhooks:
        status_url: { address: "${host}/verify/status", http_method: POST }
`;
}

/** Writes small manifests, a voice application each; `revision` is part of an address, so that another one is an update. */
export function writeSmallManifests(directory: string, count: number, revision: number): void {
  mkdirSync(directory, { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const { name, capabilities } = smallApplication(index, revision);
    const document = {
      apiVersion: 'vonage-gitops/v1',
      kind: 'Application',
      metadata: { name },
      spec: { capabilities },
    };
    writeFileSync(join(directory, `application-${index}.json`), JSON.stringify(document, undefined, 2));
  }
}

/** What such a manifest declares, as the API has it. */
export function smallApplication(index: number, revision: number) {
  const host = `https://application-${index}.example.com`;
  const hook = (path: string) => ({ address: `${host}/${path}`, http_method: 'POST' });
  return {
    name: `Application ${index}`,
    capabilities: { voice: { webhooks: { answer_url: hook(`answer-${revision}`), event_url: hook('events') } } },
  };
}
