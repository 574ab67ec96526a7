# Completes the trustregion command in fish. For every shell:
#     trustregion completion fish > ~/.config/fish/completions/trustregion.fish
function __trustregion_complete
    set -l command (commandline -opc)[1]
    set -l before (commandline -cp)
    $command complete -- (string replace -r '^\s*\S+\s' '' -- "$before") 2>/dev/null
end
complete -c trustregion -a '(__trustregion_complete)'
