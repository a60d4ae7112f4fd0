complete --keep-order --exclusive --command graphmail --arguments "(GRAPHMAIL_COMPLETE=fish graphmail -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
