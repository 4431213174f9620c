import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allCommands } from './command-help.ts';
import { literalsBelow, literalsOf } from './literals.ts';
import { allPages, readPage } from './pages.ts';

/** Words and phrases that people must not read, with the standard ones. A word is meant where it stands alone. */
const forbidden: readonly (readonly [pattern: RegExp, standard: string])[] = [
  [/\bfolders?\b/i, 'directory'],
  [/\bmembers?\b/i, 'field'],
  [/\b(an?|the|no|its|their|whose|lost|late|half|every|each|recorded) answers?\b(?! `?yes)/i, 'response'],
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\bfor ever\b/i, 'permanently, continuously'],
  [/\b(an?|the) bell\b|\bbells?\b|\b(that|nothing) rings\b/i, 'trigger'],
  [/\breign(s|ed|ing)?\b/i, 'active, leading'],
  [/\bst(and|ands|anding|ood) by\b/i, 'is on standby'],
  [/\btimetables?\b/i, 'schedule'],
  [/\baccount rests\b|\brests (between|for|longer)\b/i, 'backs off'],
  [/\bloop turns\b/i, 'reconcile loop is running'],
  [
    /\b(?<!there )is no (?!longer|more|way|reason|help|proof|need|difference|change)|\b(it|that|is|are) (is )?none\b(?! (of|if))/i,
    'is not a valid X',
  ],
  [/\bours\b/i, 'managed'],
  [/\blets? (\S+ ){0,2}through\b/i, 'allows'],
  [/(?<![`"*]|# )\bvanish(ed|es|ing)?\b(?![`"*])/i, 'missing'],
  [/\bput(s|ting)? aside\b/i, 'renamed with a timestamp suffix'],
  [
    /\b(a|the) person (is needed|must|has to|should|decides|can|could)\b|\b(needs?|waits? for|wants?) a person\b/i,
    'manual action required',
  ],
  [/\bhold(s|ing)? the ledger against\b/i, 'compare the ledger with'],
  [/\bsurely ours\b|\bafter a yes\b/i, 'provably managed, after confirmation'],
  [/\bno manifest means it\b|\bmeans? the same application\b/i, 'refers to'],
  [/\botherwise than\b/i, 'other values than'],
  [/\ba slip\b/i, 'a typo'],
  [/\boutlives\b/i, 'is protected'],
  [/\bnothing to do\b|\bas (its|the) manifest says\b/i, 'No changes, in sync'],
  [/\b(one|two|second|first|another|each|every|later|a) looks?\b(?! (like|as))/i, 'check'],
  [/\bnobody\b/i, 'no one, not'],
  [/\b(the )?talk\b/i, 'progress and logs'],
  [/\bhow the accounts are\b|\beverything about one\b/i, 'account status, describe'],
  [/\bsigns? of life\b/i, 'heartbeat, progress'],
  [/\bby hand\b/i, 'manually'],
  [/\bcut short\b/i, 'truncated, interrupted'],
  [/\bin hand\b|\bat hand\b/i, 'available, stored'],
  [/\bsweep(s|ing)?\b|\bswept\b|\bleavings\b/i, 'remove stale files'],
  [/\bunder way\b/i, 'in progress'],
  [/\bin force\b/i, 'in effect, enforced'],
  [/\bsomebody\b|\bby a person\b|\bfor people\b/i, 'someone, manually, human-readable'],
  [/\b(exists?|deleted|owned|known|there) any more\b/i, 'no longer'],
  [/\bbroken manifests?\b|\bmanifest is broken\b/i, 'invalid manifest'],
  [/\bthese (1|one) [a-z]+s\b|\(s\)/i, 'the right plural'],
  [/\bno daemon answers\b|\bnone answers\b/i, 'the daemon is not reachable'],
  [/\bmust not vanish\b|\bprecious\b/i, 'back it up'],
  [/\bnothing follows\b/i, 'no action is taken'],
  [/\bpast a bound\b|\bgoes ahead\b/i, 'exceeds a limit, proceeds'],
  [/\bis away\b|\bare away\b/i, 'is down, is missing'],
  [/\bkeeps? still\b|\bbrings? up to date\b/i, 'updates'],
  [/\b(behaviou|colou|honou|favou|neighbou|labou|harbou)r/i, 'US spelling: -or'],
  [
    /\b(normal|recogn|author|optim|organ|serial|initial|summar|minim|maxim|synchron|custom|priorit|final|general|special)is(e|es|ed|ing|ation)\b|\bunauthoris/i,
    'US spelling: -ize',
  ],
  [
    /\b(licence|catalogue|centre|defence|artefact|grey|judgement|analyse[ds]?|modelling|labelled|travelling)\b/i,
    'US spelling',
  ],
];

interface Said {
  readonly at: string;
  readonly text: string;
}

/** Where a text says what it must not: place, words found, and the standard ones. */
function faultsIn({ at, text }: Said): readonly string[] {
  return forbidden.flatMap(([pattern, standard]) => {
    const found = pattern.exec(text);
    return found === null ? [] : [`${at}: "${found[0]}" in "${around(text, found.index)}"; say: ${standard}`];
  });
}

function around(text: string, index: number): string {
  return text.slice(Math.max(0, index - 40), index + 60).replaceAll('\n', ' ');
}

/** A page line by line, without the paths and ids that have their own words. */
function linesOf({ path, text }: { readonly path: string; readonly text: string }): readonly Said[] {
  return text.split('\n').map((line, index) => ({ at: `${path}:${index + 1}`, text: withoutNames(line) }));
}

/** Without paths of files, links and names of code. */
function withoutNames(line: string): string {
  return line
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/`[^`\s]+`/g, '`x`')
    .replace(/https?:\/\/\S+/g, '');
}

test.each([
  'the folder of the keys',
  'unknown member "voic"',
  'the answer was lost',
  'an answer that is late',
  'mend the manifest first',
  'it works for ever',
  'time between passes when nothing rings',
  'another daemon reigns',
  'this one stands by for another one',
  'timetable refused, the account rests',
  "every account's loop turns",
  'is no cron expression',
  'refuse public keys that are none',
  'its key pair is not ours',
  '--allow-deletes 3 lets them through',
  'two applications vanished',
  'put aside under names with a date',
  'what a person must decide, and when a person is needed',
  'hold the ledger against the account',
  'entries for what is surely ours',
  'no manifest means it',
  'it is otherwise than it was sent',
  'a slip in a name',
  'deletionPolicy protect outlives the manifest',
  'Nothing to do: 3 unchanged.',
  'it is as its manifest says',
  'one look is no proof',
  'stderr has the talk',
  'show how the accounts are',
  'colours, behaviour, licence',
  'normalised and unauthorised',
  'apply these 1 changes',
])('%o is found', (text) => {
  expect(faultsIn({ at: 'here', text })).not.toEqual([]);
});

test.each([
  'there is no ledger: ownership and deletes are unknown',
  'it is no longer owned',
  'none of the 3 managed applications is listed',
  'looks like a rename of "Support"',
  'blocked by the guard `vanished`',
  'only `yes` is accepted at the prompt',
  'No changes. The account matches the manifests.',
])('%o is not', (text) => {
  expect(faultsIn({ at: 'here', text })).toEqual([]);
});

test('a planted word is found, with its place and the standard one', () => {
  const planted = linesOf({ path: 'page.md', text: 'First line.\nThe state folder.\n`folder` is a name.' });

  expect(planted.flatMap(faultsIn)).toEqual(['page.md:2: "folder" in "The state folder."; say: directory']);
});

test('the literals of a source are found in one another, and comments and expressions are not', () => {
  const source = [
    "// 'no'",
    'const a = `one ${b(`two ${"three"}`)} end`; /* "no" */ const c = /[`"\']/.test(\'four\');',
  ].join('\n');

  expect(literalsOf(source).map(({ text }) => text)).toEqual(['three', 'two …', 'one … end', 'four']);
});

test('what --help says is in standard words', async () => {
  const said = (await allCommands()).flatMap(({ name, description, arguments: args, options }) =>
    [description, ...args.map(([, about]) => about), ...options.map((option) => option.description)].map((text) => ({
      at: `${name} --help`,
      text,
    })),
  );

  expect(said.length).toBeGreaterThan(100);
  expect(said.flatMap(faultsIn)).toEqual([]);
});

test('messages, logs, errors, descriptions and metrics in the source are in standard words', () => {
  const said = ['src', 'scripts'].flatMap(literalsBelow).filter(({ text }) => /\S \S/.test(text));

  expect(said.length).toBeGreaterThan(1000);
  expect(said.flatMap(faultsIn)).toEqual([]);
});

test.each(allPages().map(({ path }) => path))('%s is in standard words', (path) => {
  expect(linesOf(readPage(path)).flatMap(faultsIn)).toEqual([]);
});

const examples = readdirSync(new URL('../../examples/', import.meta.url), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`);

test.each(
  [...examples, 'config/vonage-gitops.example.yaml'].map((path) => path.replace(/^.*\/examples\//, 'examples/')),
)('%s is in standard words', (path) => {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

  expect(linesOf({ path, text }).flatMap(faultsIn)).toEqual([]);
});
