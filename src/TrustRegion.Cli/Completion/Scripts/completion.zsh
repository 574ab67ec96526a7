#compdef trustregion
# Completes the trustregion command in zsh. For every shell, in ~/.zshrc, after compinit:
#     source <(trustregion completion zsh)
_trustregion() {
    local before="$LBUFFER"
    local -a known
    known=("${(@f)$("${words[1]}" complete -- "${before#* }" 2>/dev/null)}")
    known=("${(@)known:#}")
    if (( ${#known} )); then
        compadd -a known
    else
        _files
    fi
}
compdef _trustregion trustregion
