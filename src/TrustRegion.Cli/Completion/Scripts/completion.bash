# Completes the trustregion command in bash. For every shell, in ~/.bashrc:
#     source <(trustregion completion bash)
_trustregion_complete() {
    local before="${COMP_LINE:0:COMP_POINT}"
    local word="${COMP_WORDS[COMP_CWORD]}"
    local IFS=$'\n'
    COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" complete -- "${before#* }" 2>/dev/null)" -- "$word"))
}
complete -o default -F _trustregion_complete trustregion
