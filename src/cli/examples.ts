/** Command lines of each command, for --help; those of the program itself are under the empty name. Without the program's name. */
const commandLines: Readonly<Record<string, readonly string[]>> = {
  '': ['plan applications', 'apply applications', 'plan --account main --only "Support*"', 'help apply'],
  plan: ['plan', 'plan applications --only "Support*"', 'plan --out plan.json', 'plan --format markdown'],
  apply: ['apply', 'apply --yes --only "Support line"', 'apply plan.json', 'apply --allow-deletes 7'],
  validate: ['validate', 'validate applications --format github'],
  schema: ['schema application', 'schema config'],
  'rotate-key': ['rotate-key "Support line"'],
  release: ['release "Old line"'],
  restore: ['restore "Support line"', 'restore 78d335fa-323d-0114-9c3d-d6f0d48968cf --yes'],
  'keys list': ['keys list', 'keys list --format json'],
  'keys path': ['keys path "Support line"'],
  'keys check': ['keys check', 'keys check "Support line"'],
  'keys prune': ['keys prune --older-than 90d'],
  'ledger show': ['ledger show', 'ledger show --account main --format json'],
  'ledger check': ['ledger check'],
  'ledger rebuild': ['ledger rebuild', 'ledger rebuild applications'],
  'state show': ['state show', 'state show --format json'],
  'state check': ['state check'],
  'state move': ['state move', 'state move --account main --yes'],
  'state rename': ['state rename default main'],
  run: ['run', 'run --config vonage-gitops.yaml --listen 0.0.0.0:8080', 'run --once'],
  status: ['status', 'status --watch', 'status --format json'],
  explain: ['explain "Support line"', 'explain "Support line" --format json'],
  history: ['history', 'history --limit 100 --format json'],
  sync: ['sync', 'sync --account main --no-wait'],
  pause: ['pause "Support line" --for 2h --reason INC-42', 'pause --account main'],
  resume: ['resume "Support line"', 'resume --account main'],
  approve: ['approve main'],
  doctor: ['doctor', 'doctor --format json'],
  completion: ['completion bash > /etc/bash_completion.d/vonage-gitops', 'completion fish | source'],
  version: ['version', 'version --format json'],
  emulator: ['emulator', 'emulator --port 4010 --seed 500', 'emulator --fault POST:reset-after:x1'],
};

/** See above, as a person types them. */
export const examples: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(commandLines).map(([name, texts]) => [name, texts.map((text) => `vonage-gitops ${text}`)]),
);
