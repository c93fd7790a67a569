/** Hides what looks like a secret in command lines and options: they end up in tickets, logs and on shared screens. */

const shown = '[redacted]';

/** Names whose value is a secret: `--db-password`, `API_KEY`, `authToken`. */
const secretName =
  /pass(?:word|wd|phrase|code)|secret|token|credential|cookie|bearer|(?:api|access|private|encryption|signing)[-_]?key|(?:^|[-_])(?:pass|pwd|auth|key)$/i;

/** Secrets that are told by their form: keys of AWS, GitHub, GitLab, npm, Slack and Stripe. */
const secretForm =
  /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|glpat-[\w-]{20,}|npm_\w{36}|xox[abprs]-[\w-]{10,}|[rs]k[-_](?:live|test|proj)?[-_]?\w{20,})/g;

export interface Redacted {
  words: string[];
  /** How many values were replaced. */
  count: number;
}

/** `words` with each secret's value replaced: `--token=…`, `--token …`, `KEY=…`, `scheme://user:…@`, `?token=…`, known forms. */
export function redactWords(words: string[]): Redacted {
  let count = 0;
  let valueFollows = false;
  const hide = (): string => {
    count++;
    return shown;
  };
  const result = words.map(word => {
    const isValue = valueFollows && !word.startsWith('-');
    valueFollows = /^--?[a-z][\w.-]*$/i.test(word) && secretName.test(word);
    if (isValue) return hide();
    const named = /^(-{0,2}[a-z][\w.-]*=)(.+)$/is.exec(word);
    if (named !== null && secretName.test((named[1] ?? '').slice(0, -1))) return `${named[1]}${hide()}`;
    return redactInside(word, hide);
  });
  return { words: result, count };
}

/** `text`, such as NODE_OPTIONS, word by word. */
export function redactText(text: string): { text: string; count: number } {
  const { words, count } = redactWords(text.split(/ +/));
  return { text: words.join(' '), count };
}

function redactInside(word: string, hide: () => string): string {
  return word
    .replace(/(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g, (_, before: string) => `${before}${hide()}`)
    .replace(/([?&;])([^?=&;#\s]+)=([^&;#\s]+)/g, (all, mark: string, name: string) =>
      secretName.test(name) ? `${mark}${name}=${hide()}` : all,
    )
    .replace(/[\w.-]+/g, text => hideJsonWebTokens(text, hide))
    .replace(secretForm, hide);
}

/** `<header>.<claims>.<signature>`, of which the first begins as base64 of `{"` does. */
function hideJsonWebTokens(text: string, hide: () => string): string {
  const parts = text.split('.');
  const kept: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? '';
    const at = part.search(/\beyJ/);
    const isToken = at >= 0 && part.length - at >= 'eyJ'.length + 8 && (parts[i + 1]?.length ?? 0) >= 8;
    if (isToken && i + 2 < parts.length) {
      kept.push(part.slice(0, at) + hide());
      i += 2;
    } else {
      kept.push(part);
    }
  }
  return kept.join('.');
}
