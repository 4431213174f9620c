/** Facts that go with an error: shown to people, logged, put in reports. Never a secret, never a key. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The sentence for people about an error, from its facts. */
export type Explain = (details: ErrorDetails) => string;
