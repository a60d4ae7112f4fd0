_graphmail() {
    local IFS=$'\013' i piece words=() index=0 joins=false
    for i in "${!COMP_WORDS[@]}"; do
        # Without quotes.
        piece=${COMP_WORDS[i]//[\"\'\\]/}
        if ((i > 0)) && { $joins || [[ $piece =~ ^[=:]+$ ]]; }; then
            words[${#words[@]} - 1]+=$piece
        else
            words+=("$piece")
        fi
        [[ $piece =~ ^[=:]+$ ]] && joins=true || joins=false
        if ((i == COMP_CWORD)); then
            index=$((${#words[@]} - 1))
            joins=false
        fi
    done
    piece=${COMP_WORDS[COMP_CWORD]//[\"\'\\]/}
    [[ $piece =~ ^[=:]+$ ]] && piece=
    local before=${words[index]%"$piece"}
    read -r -d '' -a COMPREPLY < <(
        _CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$index" GRAPHMAIL_COMPLETE=bash \
            graphmail -- "${words[@]}" 2>/dev/null
    )
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
    # Bash adds the quotes of a word that begins with one.
    if [[ ${COMP_WORDS[COMP_CWORD]} != [\"\']* ]]; then
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]=$(printf %q "${COMPREPLY[i]}")
        done
    fi
    # No blank after an option that needs a value, and after a folder.
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} =~ [=/:]$ ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o bashdefault -F _graphmail graphmail
