/**
 * The completion scripts. Each asks `nops completion targets` for what runs now; what it prints is compared and never evaluated.
 */

import type { DescribedCommand } from './described.js';

type Script = (commands: DescribedCommand[]) => string;

export const scripts: Record<'bash' | 'zsh' | 'fish', Script> = { bash, zsh, fish };

function longOptions({ options }: DescribedCommand): string {
  return options.map(({ long }) => `--${long}`).join(' ');
}

/** `--output|-o` and the like, of all commands: options after which a file is expected, or any other value. */
function valueOptions(commands: DescribedCommand[], file: boolean): string {
  const found = commands.flatMap(({ options }) => options.filter(option => option.value && option.file === file));
  const words = found.flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]);
  return [...new Set(words)].join('|');
}

function namesThatTake(commands: DescribedCommand[], takes: 'targets'): string {
  return commands
    .filter(command => command.takes === takes)
    .map(({ name }) => name)
    .join('|');
}

/** Works without the bash-completion package. */
function bash(commands: DescribedCommand[]): string {
  const cases = commands.map(c => `      ${c.name}) words='${longOptions(c)}' ;;`).join('\n');
  return `# bash completion for nops. In ~/.bashrc: source <(nops completion bash)
_nops_offer() { # <current word> <words, one a line>: compared, never evaluated
  local word
  while IFS= read -r word; do
    [[ -n $word && $word == "$1"* ]] && COMPREPLY+=("$word")
  done <<<"$2"
}
_nops() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' words='' i
  COMPREPLY=()
  case $prev in
    ${valueOptions(commands, true)}) compopt -o default 2>/dev/null; return ;;
    ${valueOptions(commands, false)}) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in -*) ;; *) command=\${COMP_WORDS[i]}; break ;; esac
  done
  if [[ $cur == -* ]]; then
    case $command in
${cases}
      *) words='${longOptions(commands[0] ?? { name: '', summary: '', options: [], takes: undefined })}' ;;
    esac
    _nops_offer "$cur" "\${words// /$'\\n'}"
    return
  fi
  case $command in
    '') words='${commands.map(({ name }) => name).join(' ')}'
      _nops_offer "$cur" "\${words// /$'\\n'}"
      _nops_offer "$cur" "$(nops completion targets 2>/dev/null)" ;;
    completion) _nops_offer "$cur" $'bash\\nzsh\\nfish' ;;
    ${namesThatTake(commands, 'targets')}) _nops_offer "$cur" "$(nops completion targets 2>/dev/null)" ;;
  esac
}
complete -F _nops nops
`;
}

/** In single quotes, as all three shells take them but fish, which also needs its backslashes doubled. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function zsh(commands: DescribedCommand[]): string {
  const names = commands.map(c => `    ${quote(`${c.name}:${c.summary.replaceAll(':', '\\:')}`)}`).join('\n');
  const cases = commands.map(c => `    ${c.name}) options=(${longOptions(c)}) ;;`).join('\n');
  return `#compdef nops
# zsh completion for nops. In ~/.zshrc, after compinit: source <(nops completion zsh)
_nops() {
  local -a names options targets
  local command='' word prev=\${words[CURRENT - 1]}
  names=(
${names}
  )
  case $prev in
    ${valueOptions(commands, true)}) _files; return ;;
    ${valueOptions(commands, false)}) return ;;
  esac
  for word in \${words[2,CURRENT - 1]}; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case $command in
${cases}
    *) options=(${longOptions(commands[0] ?? { name: '', summary: '', options: [], takes: undefined })}) ;;
  esac
  if [[ \${words[CURRENT]} == -* ]]; then compadd -- $options; return; fi
  targets=(\${(f)"$(nops completion targets 2>/dev/null)"})
  case $command in
    '') _describe command names; compadd -- $targets ;;
    completion) compadd bash zsh fish ;;
    ${namesThatTake(commands, 'targets')}) compadd -- $targets ;;
  esac
}
compdef _nops nops
`;
}

function fish(commands: DescribedCommand[]): string {
  const escaped = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, summary, options, takes }) => [
    `complete -c nops -f -n __fish_use_subcommand -a ${name} -d ${escaped(summary)}`,
    ...options.map(({ long, short, description, value, file }) => {
      const flags = `-l ${long}${short === undefined ? '' : ` -s ${short}`}${value ? (file ? ' -r -F' : ' -x') : ''}`;
      return `complete -c nops -n '__fish_seen_subcommand_from ${name}' ${flags} -d ${escaped(description)}`;
    }),
    ...(takes === undefined
      ? []
      : [
          `complete -c nops -f -n '__fish_seen_subcommand_from ${name}' -a ${takes === 'targets' ? "'(nops completion targets 2>/dev/null)'" : escaped(takes.join(' '))}`,
        ]),
  ]);
  return `# fish completion for nops. In ~/.config/fish/config.fish: nops completion fish | source
complete -c nops -f -n __fish_use_subcommand -a '(nops completion targets 2>/dev/null)'
${lines.join('\n')}
`;
}
