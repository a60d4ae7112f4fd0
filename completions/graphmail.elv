
set edit:completion:arg-completer[graphmail] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) GRAPHMAIL_COMPLETE="elvish" graphmail -- $@words) | to-lines
}

