import { z } from 'zod';

// Without this zod compiles a function for every object schema at its first use. That costs a command more at its start than it saves:
// of the time of loading even ten thousand manifests, nearly all goes into parsing YAML.
z.config({ jitless: true });

export { z };
