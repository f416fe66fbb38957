import { shellWord } from '../../domain/shell-text.ts';
import type { CommandWords } from './command-words.ts';

/** The completion scripts: what there is to type is written into them, ids of rules are looked up when they are wanted. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function formatScript(shell: Shell, commands: readonly CommandWords[]): string {
  return { bash, zsh, fish }[shell](commands);
}

const words = (list: readonly string[]) => list.map(shellWord).join(' ');
const flagsOf = ({ options }: CommandWords) => [...new Set([...options.map(({ flag }) => flag), '--help'])];
/** In single quotes, for any shell: whatever is in it. */
const quoted = (text: string) => `'${text.replaceAll('\n', ' ').replaceAll("'", "'\\''")}'`;
/** The ids of the rules in the folder that would be taken. A shell expands the words it completes: nothing but ids may be among them. */
const RULE_IDS = [
  '  local file',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell.
  '  for file in "${RULES_DIR:-rules}"/*.rule.json; do',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell.
  '    file=${file##*/} file=${file%.rule.json}',
  '    case $file in *[!a-z0-9-]*) ;; *) printf \'%s\\n\' "$file" ;; esac',
  '  done',
].join('\n');

function bash(commands: readonly CommandWords[]): string {
  const cases = commands.map((command) => {
    const choices = command.options
      .filter((option) => option.choices.length > 0)
      .map(({ flag, choices: values }) => `      ${flag}) words="${words(values)}" ;;`);
    const plain = [...command.subcommands, ...(command.takesRules ? ['$(_vigia_rules)'] : [])].join(' ');
    return [
      `  ${command.name})`,
      '    case $previous in',
      ...choices,
      `      *) case $current in -*) words="${flagsOf(command).join(' ')}" ;; *) words="${plain}" ;; esac ;;`,
      '    esac ;;',
    ].join('\n');
  });
  return `# Completion of vigia for bash. In ~/.bashrc: eval "$(vigia completion bash)"
_vigia_rules() {
${RULE_IDS}
}
_vigia() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${words(commands.map(({ name }) => name))} help --help --version"
  else
    case \${COMP_WORDS[1]} in
${cases.join('\n').replaceAll(/^/gm, '  ')}
    help) words="${words(commands.map(({ name }) => name))}" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vigia vigia
`;
}

function zsh(commands: readonly CommandWords[]): string {
  const described = (name: string, about: string) => quoted(`${name.replaceAll(':', '\\:')}:${about}`);
  const cases = commands.map((command) => {
    const flags = flagsOf(command).map((flag) =>
      described(flag, command.options.find((option) => option.flag === flag)?.about ?? 'show its help'),
    );
    const choices = command.options
      .filter((option) => option.choices.length > 0)
      .map(({ flag, choices: values }) => `        ${flag}) compadd -- ${words(values)}; return ;;`);
    return [
      `    ${command.name})`,
      ...(choices.length === 0 ? [] : ['      case $words[CURRENT-1] in', ...choices, '      esac']),
      `      if [[ $words[CURRENT] == -* ]]; then flags=(${flags.join(' ')}); _describe option flags; return; fi`,
      ...(command.subcommands.length === 0 ? [] : [`      compadd -- ${words(command.subcommands)}`]),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell.
      ...(command.takesRules ? ['      compadd -- ${(f)"$(_vigia_rules)"}'] : []),
      '      _files ;;',
    ].join('\n');
  });
  return `#compdef vigia
# Completion of vigia for zsh. In ~/.zshrc, after compinit: eval "$(vigia completion zsh)"
_vigia_rules() {
  setopt local_options null_glob
${RULE_IDS}
}
_vigia() {
  local -a commands flags
  if (( CURRENT == 2 )); then
    commands=(${commands.map(({ name, summary }) => described(name, summary)).join(' ')})
    _describe command commands
    return
  fi
  case $words[2] in
${cases.join('\n')}
  esac
}
compdef _vigia vigia
`;
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap((command) => {
    const within = `complete -c vigia -n '__fish_seen_subcommand_from ${command.name}'`;
    return [
      `complete -c vigia -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...command.options.map(({ flag, about, choices }) => {
        const values = choices.length === 0 ? '' : ` -x -a ${quoted(choices.join(' '))}`;
        return `${within} -l ${flag.replace(/^--/, '')}${values} -d ${quoted(about)}`;
      }),
      ...(command.subcommands.length === 0 ? [] : [`${within} -a ${quoted(command.subcommands.join(' '))}`]),
      ...(command.takesRules ? [`${within} -f -a '(__vigia_rules)'`] : []),
    ];
  });
  return `# Completion of vigia for fish: vigia completion fish > ~/.config/fish/completions/vigia.fish
function __vigia_rules
  set -l folder rules
  set -q RULES_DIR; and set folder $RULES_DIR
  for file in $folder/*.rule.json
    string replace -r '^.*/(.*)\\.rule\\.json$' '$1' -- $file
  end
end
${lines.join('\n')}
`;
}
