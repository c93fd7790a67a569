/**
 * Takes a node command line apart: what runs in this process? Follows node's own parser (src/node_options-inl.h). The options that take
 * a value are those of a type that has one in `internalBinding('options')` of Node 20.19 to 26. V8's options take it after `=` only.
 */

/** What a command line runs. */
export type Command =
  | { kind: 'script'; path: string }
  | { kind: 'eval' | 'repl' | 'stdin' | 'test' }
  | { kind: 'run'; script: string };

const withValue = new Set(
  `-C -r --allow-fs-read --allow-fs-write --bench-isolation --bench-name-pattern --bench-reporter --bench-reporter-destination
  --bench-samples --bench-warmup --build-sea --build-snapshot-config --conditions --cpu-prof-dir --cpu-prof-interval --cpu-prof-name
  --debug-port --diagnostic-dir --disable-proto --disable-warning --dns-result-order --env-file --env-file-if-exists
  --es-module-specifier-resolution --experimental-config-file --experimental-default-type --experimental-loader
  --experimental-package-map --experimental-policy --experimental-sea-config --experimental-specifier-resolution
  --experimental-test-isolation --experimental-test-tag-filter --heap-prof-dir --heap-prof-interval --heap-prof-name
  --heapsnapshot-near-heap-limit --heapsnapshot-signal --icu-data-dir --import --input-type --inspect-port --inspect-publish-uid
  --loader --localstorage-file --max-http-header-size --max-old-space-size-percentage
  --network-family-autoselection-attempt-timeout --openssl-config --policy-integrity --redirect-warnings --report-dir
  --report-directory --report-filename --report-signal --require --secure-heap --secure-heap-min --security-revert
  --security-reverts --snapshot-blob --test-concurrency --test-coverage-branches --test-coverage-exclude --test-coverage-functions
  --test-coverage-include --test-coverage-lines --test-global-setup --test-isolation --test-name-pattern --test-random-seed
  --test-reporter --test-reporter-destination --test-rerun-failures --test-shard --test-skip-pattern --test-timeout --title
  --tls-cipher-list --tls-keylog --trace-event-categories --trace-event-file-pattern --trace-require-module --unhandled-rejections
  --use-largepages --v8-pool-size --vfs-load --vfs-mount --watch-kill-signal --watch-path`.split(/\s+/),
);

const evaluates = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/** What `argv` (with node itself first) runs. */
export function parseCommand(argv: string[]): Command {
  let fallback: Command = { kind: 'repl' };
  for (const { at, word, option, equals } of optionsOf(argv)) {
    if (option === undefined) return script(word === '--' ? argv[at + 1] : word) ?? fallback;
    if (evaluates.has(option)) return { kind: 'eval' };
    if (option === '--run') return { kind: 'run', script: (equals < 0 ? argv[at + 1] : word.slice(equals + 1)) ?? '' };
    if (option === '--test') fallback = { kind: 'test' };
  }
  return fallback;
}

/** The words of `argv` that are options of node's own and their values, as in process.execArgv. */
export function nodeOptionsOf(argv: string[]): string[] {
  for (const { at, option } of optionsOf(argv)) if (option === undefined) return argv.slice(1, at);
  return argv.slice(1);
}

interface Word {
  at: number;
  word: string;
  /** The option's name with dashes; undefined for the word that ends the options. */
  option: string | undefined;
  equals: number;
}

/** Node's options in `argv` without their values, and the word that ends them. */
function* optionsOf(argv: string[]): Generator<Word> {
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const equals = word.indexOf('=');
    const ends = word === '--' || !word.startsWith('-') || word === '-';
    const option = ends ? undefined : (equals < 0 ? word : word.slice(0, equals)).replaceAll('_', '-');
    yield { at, word, option, equals };
    if (option === undefined) return;
    if (equals < 0 && (withValue.has(option) || evaluates.has(option))) at++;
  }
}

function script(path: string | undefined): Command | undefined {
  if (path === undefined || path === '') return undefined;
  return path === '-' ? { kind: 'stdin' } : { kind: 'script', path };
}

/** /proc/PID/cmdline, taken apart. */
export interface CommandLine {
  argv: string[];
  /** What process.title was set to; null when it is as started. */
  title: string | null;
}

/**
 * Parses the text of /proc/PID/cmdline: arguments, each ended by NUL. A title set with process.title overwrites the arguments in place
 * and leaves NULs behind it up to their old end.
 *
 *   node\0server.js\0     →   my title\0\0\0\0\0\0\0
 */
export function parseCommandLine(text: string): CommandLine {
  const body = text.endsWith('\0') ? text.slice(0, -1) : text;
  const padded = body.endsWith('\0');
  const argv = body.split('\0');
  const [first = ''] = argv;
  if (first !== '' && padded && argv.every((word, index) => index === 0 || word === '')) {
    return { argv: [first], title: first };
  }
  // A title as long as the arguments were leaves no NUL: then it is one word that no shell would have passed as the program.
  const title = argv.length === 1 && first.includes(' ') && !/\/node(?:js)?$/.test(first) ? first : null;
  return { argv: first === '' && argv.length === 1 ? [] : argv, title };
}
